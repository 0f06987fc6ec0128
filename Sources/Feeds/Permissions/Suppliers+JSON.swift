package import Foundation
import Vaccination

extension Suppliers {
    /// One entry of the list, with the names the national service's configuration uses, and Herald's echo list.
    private struct Entry: Codable {
        var supplier: String
        var permissions: [String]?
        var odsCodes: [String]?
        var doNotEchoTo: [String]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case supplier, permissions
            case odsCodes = "ods_codes"
            case doNotEchoTo = "do_not_echo_to"
        }
    }

    /// Reads `[{"supplier": …, "permissions": ["FLU.CRUDS", …], "ods_codes": […], "do_not_echo_to": […]}, …]` (csv-feed §2).
    ///
    /// Several entries for one type add up; a supplier without permissions is known and may send nothing. A misspelt member
    /// is an error: without its permissions a supplier's files would be refused.
    ///
    /// - Throws: ``SuppliersError``.
    package init(json: Data) throws(SuppliersError) {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: json)
        } catch {
            throw .notSuppliers(Self.place(error))
        }
        let known = Set(Entry.CodingKeys.allCases.map(\.rawValue))
        let members = (try? JSONSerialization.jsonObject(with: json) as? [[String: Any]])?.flatMap(\.keys) ?? []
        if let unknown = members.first(where: { !known.contains($0) }) {
            throw .notSuppliers(
                "an entry has a member '\(unknown)'; the members are \(known.sorted().joined(separator: ", "))"
            )
        }
        var suppliers: [Supplier] = []
        for entry in entries {
            guard Self.isName(entry.supplier) else { throw .invalidName(entry.supplier) }
            var odsCodes: [ODSCode] = []
            for text in entry.odsCodes ?? [] {
                guard let code = ODSCode(text) else { throw .invalidODSCode(text, supplier: entry.supplier) }
                odsCodes.append(code)
            }
            suppliers.append(
                Supplier(
                    name: entry.supplier,
                    permissions: try Self.permissions(entry.permissions ?? [], of: entry.supplier),
                    odsCodes: odsCodes,
                    doNotEchoTo: Set(entry.doNotEchoTo ?? [])
                )
            )
        }
        try self.init(suppliers)
    }

    /// The list as ``init(json:)`` reads it, one supplier after the other.
    package var json: [UInt8] {
        get throws {
            let entries = all.map { supplier in
                Entry(
                    supplier: supplier.name,
                    permissions: supplier.permissions.isEmpty ? nil : supplier.permissionTexts,
                    odsCodes: supplier.odsCodes.isEmpty ? nil : supplier.odsCodes.map(\.text),
                    doNotEchoTo: supplier.doNotEchoTo.isEmpty ? nil : supplier.doNotEchoTo.sorted()
                )
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(entries))
        }
    }

    /// Where and what in words; the file holds no patient.
    private static func place(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be read" }
        switch error {
        case .keyNotFound(let key, let context): return "\(key.stringValue) is missing \(path(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(context.debugDescription) \(path(context))"
        @unknown default: return "it cannot be read"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        guard !context.codingPath.isEmpty else { return "at the top" }
        return "at " + context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: " ")
    }

    /// Names stand in queue names, acknowledgements and addresses.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-")
            }
    }

    /// Adds up permissions of the form `<TYPE>.<letters>`.
    package static func permissions(
        _ texts: [String],
        of supplier: String
    ) throws(SuppliersError) -> [String: FeedPermissions] {
        var permissions: [String: FeedPermissions] = [:]
        for text in texts {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let letters = FeedPermissions(letters: parts[1]) else {
                throw .invalidPermission(text, supplier: supplier)
            }
            permissions[String(parts[0]), default: []].formUnion(letters)
        }
        return permissions
    }
}
