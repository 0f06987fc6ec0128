import Feeds
import HeraldTestKit
import Vaccination

/// The rules of csv-feed §6 written down as plainly as possible: what the intake is held against.
struct IntakeModel {
    struct Record: Equatable {
        var vaccineType: String
        var version: Int
        var change: Int
        var isDeleted: Bool
        var batch: String
        var patient: String
        var supplier: String
    }

    private(set) var records: [String: Record] = [:]
    private(set) var changes = 0

    /// Applies a file.
    ///
    /// - Returns: The codes of the rows that are rejected.
    mutating func apply(_ feed: SampleFeed, vaccineType: String, supplier: Supplier) -> [Int64: [String]] {
        var rejected: [Int64: [String]] = [:]
        for (index, row) in feed.rows.enumerated() {
            if let code = apply(row, vaccineType, supplier) {
                rejected[Int64(index + 1)] = [code]
            } else {
                changes += 1
            }
        }
        return rejected
    }

    /// Applies a row.
    ///
    /// - Returns: The code of a row that is rejected.
    mutating func apply(_ row: SampleFeed.Row, _ type: String, _ supplier: Supplier) -> String? {
        func allows(_ type: String) -> Bool {
            let permissions = supplier.permissions[type] ?? []
            return switch row.action {
            case "new": permissions.contains(.create)
            case "update": permissions.contains(.update)
            default: permissions.contains(.delete)
            }
        }
        guard allows(type) else { return "NO_PERMISSION" }
        if row.action != "delete", row.values[.doseSequence] == "0" { return "NOT_POSITIVE_INT" }
        let known = records[row.id]
        switch (row.action, known?.isDeleted) {
        case ("new", nil): break
        case ("new", false): return "DUPLICATE"
        case ("update", nil), ("delete", nil), ("delete", true): return "NOT_FOUND"
        default: if let known, !allows(known.vaccineType) { return "NO_PERMISSION" }
        }
        var record =
            known
            ?? Record(
                vaccineType: type,
                version: 0,
                change: 0,
                isDeleted: false,
                batch: "",
                patient: "",
                supplier: ""
            )
        record.change += 1
        record.supplier = supplier.name
        record.isDeleted = row.action == "delete"
        if row.action != "delete" {
            record.version += 1
            record.vaccineType = type
            record.batch = row.values[.batchNumber] ?? ""
            record.patient = row.values[.nhsNumber] ?? ""
        }
        records[row.id] = record
        return nil
    }
}
