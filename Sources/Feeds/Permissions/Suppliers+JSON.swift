package import Foundation
import Vaccination

extension Suppliers {
    /// One entry of the list, with the names the national service's configuration uses.
    private struct Entry: Decodable {
        let supplier: String
        let permissions: [String]?
        let odsCodes: [String]?

        enum CodingKeys: String, CodingKey {
            case supplier, permissions
            case odsCodes = "ods_codes"
        }
    }

    /// Reads `[{"supplier": …, "permissions": ["FLU.CRUDS", …], "ods_codes": […]}, …]` (csv-feed §2).
    ///
    /// Several entries for one type add up; a supplier without permissions is known and may send nothing.
    ///
    /// - Throws: ``SuppliersError``.
    package init(json: Data) throws(SuppliersError) {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: json)
        } catch {
            throw .notSuppliers(String(describing: error))
        }
        var suppliers: [(supplier: Supplier, odsCodes: [ODSCode])] = []
        for entry in entries {
            let permissions = try Self.permissions(entry.permissions ?? [], of: entry.supplier)
            var odsCodes: [ODSCode] = []
            for text in entry.odsCodes ?? [] {
                guard let code = ODSCode(text) else { throw .invalidODSCode(text, supplier: entry.supplier) }
                odsCodes.append(code)
            }
            suppliers.append((Supplier(name: entry.supplier, permissions: permissions), odsCodes))
        }
        try self.init(suppliers)
    }

    /// Adds up permissions of the form `<TYPE>.<letters>`.
    static func permissions(
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
