import FHIR
import Foundation
import Vaccination

/// The files of the `Fixtures` folder.
enum Fixture {
    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: path)))
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: bytes(path))
    }

    /// The names of a folder's files, without `.json`.
    static func names(in path: String) -> [String] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: path).path)
        return (files ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The row that `<feed file>.row<N>` names, with the vaccine type of its file.
    static func record(_ name: String) throws -> VaccinationRecord {
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        let feed = String(name[..<dot])
        let row = Int(name[dot...].dropFirst(4)) ?? 0
        let bytes = try (try? bytes("csv/\(feed).csv")) ?? bytes("csv/\(feed).dat")
        return SampleRow.record(fields: CSVRows.read(bytes)[row], type: String(feed.prefix { $0 != "_" }).uppercased())
    }

    private static let folder = Bundle.module.bundleURL.appending(path: "Fixtures")
}

/// A plain reader of pipe-separated rows, header first; for fixtures only.
private enum CSVRows {
    static func read(_ bytes: [UInt8]) -> [[String]] {
        let text = String(validating: bytes, as: UTF8.self) ?? String(bytes.map { Character(UnicodeScalar($0)) })
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                field.append("\"")
                scalars.removeFirst()
            case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
            case "|" where !isQuoted:
                row.append(field)
                field = ""
            case "\r" where !isQuoted, "\n" where !isQuoted:
                if !row.isEmpty { rows.append(row + [field]) }
                (row, field) = ([], "")
            default: field.unicodeScalars.append(scalar)
            }
        }
        return row.isEmpty ? rows : rows + [row + [field]]
    }
}
