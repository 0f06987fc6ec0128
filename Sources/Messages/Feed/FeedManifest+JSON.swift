import FHIR
import Foundation

extension FeedManifest.File: Decodable {
    private enum CodingKeys: CodingKey {
        case name, vaccineType, part, bytes, sha256
    }

    /// Reads a file's entry, in which the counts stand beside the other members.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        name = try members.decode(String.self, forKey: .name)
        vaccineType = try members.decode(String.self, forKey: .vaccineType)
        part = try members.decode(Int.self, forKey: .part)
        bytes = try members.decode(Int.self, forKey: .bytes)
        sha256 = try members.decode(String.self, forKey: .sha256)
        counts = try FeedManifest.Counts(from: decoder)
    }
}

extension FeedManifest {
    /// Reads a manifest; `file` names it in the error.
    package init(parsing json: [UInt8], file: String) throws(MessagesError) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let manifest = try? decoder.decode(Self.self, from: Data(json)), manifest.version == Self.version else {
            throw .manifest(file: file)
        }
        self = manifest
    }

    /// The manifest as JSON, one member a line as in nis-feed.md §4: operators read it too.
    package var json: [UInt8] {
        var lines = IndentedLines()
        lines.open("{")
        lines.member("feed", quoted(feed))
        lines.member("version", String(version))
        lines.member("kind", quoted(kind.rawValue))
        lines.member("sequence", String(sequence))
        lines.member("previousSequence", String(previousSequence))
        lines.member("generated", quoted(FHIRInstant(generated).description.prefix(19) + "Z"))
        lines.member("fromEvent", String(fromEvent))
        lines.member("toEvent", String(toEvent))
        lines.member("heldBack", String(heldBack))
        if files.isEmpty {
            lines.member("files", "[]")
        } else {
            lines.open("\"files\": [")
            for file in files {
                lines.open("{")
                lines.member("name", quoted(file.name))
                lines.member("vaccineType", quoted(file.vaccineType))
                lines.member("part", String(file.part))
                lines.counts(file.counts)
                lines.member("bytes", String(file.bytes))
                lines.member("sha256", quoted(file.sha256))
                lines.close("}")
            }
            lines.close("]")
        }
        lines.open("\"totals\": {")
        lines.counts(totals)
        lines.close("}")
        lines.close("}")
        return Array((lines.text + "\n").utf8)
    }

    private func quoted(_ text: some StringProtocol) -> String {
        String(decoding: JSONWriter.bytes { $0.string(String(text)) }, as: UTF8.self)
    }
}

/// JSON in lines, one space for each level, commas where they belong.
private struct IndentedLines {
    private(set) var text = ""
    private var depth = 0
    private var needsComma = false

    mutating func open(_ bracket: String) {
        line(bracket)
        depth += 1
        needsComma = false
    }

    mutating func close(_ bracket: String) {
        depth -= 1
        needsComma = false
        line(bracket)
        needsComma = true
    }

    mutating func member(_ name: String, _ json: String) {
        line("\"\(name)\": \(json)")
        needsComma = true
    }

    mutating func counts(_ counts: FeedManifest.Counts) {
        member("rows", String(counts.rows))
        member("new", String(counts.new))
        member("update", String(counts.update))
        member("delete", String(counts.delete))
    }

    private mutating func line(_ content: String) {
        if needsComma { text += "," }
        if !text.isEmpty { text += "\n" }
        text += String(repeating: " ", count: depth) + content
    }
}
