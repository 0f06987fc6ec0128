/// What a record is known by: the pair compared byte for byte (csv-feed §6).
package struct SampleRecordKey: Hashable, Sendable {
    package let uri: String
    package let id: String
}

/// What an intake must make of a row.
package enum SampleOutcome: Hashable, Sendable {
    case created, updated, reinstated, deleted
    /// Refused because of one column, with the machine kind of csv-feed §7.
    case rejected(column: SampleColumn, kind: String)

    /// Whether the row changes its record.
    package var isAccepted: Bool {
        if case .rejected = self { false } else { true }
    }
}

/// One row of a sample file, with the truth about it.
package struct SampleRow: Sendable {
    /// Position among the data records, from 1.
    package let number: Int
    package let fields: SampleFields
    package let outcome: SampleOutcome

    /// The record the row speaks of; one of its parts may be empty in a row that is to be refused.
    package var key: SampleRecordKey {
        SampleRecordKey(uri: fields[.uniqueIDURI], id: fields[.uniqueID])
    }
}

/// One file to upload.
package struct SampleFile: Sendable {
    /// The file's name, as csv-feed §1 wants it.
    package let name: String
    package let vaccineType: String
    /// ODS code of the sender.
    package let senderCode: String
    /// The bytes of the file.
    package let content: [UInt8]
    package let rows: [SampleRow]

    /// How many rows are to be accepted.
    package var acceptedCount: Int { rows.count { $0.outcome.isAccepted } }
    /// How many rows are to be refused.
    package var rejectedCount: Int { rows.count - acceptedCount }
}

/// One event that must come of the sample files: every accepted row gives exactly one.
package struct SampleEvent: Hashable, Sendable {
    package let key: SampleRecordKey
    /// Never `rejected`.
    package let outcome: SampleOutcome
    /// The record's version after the row: 1 when created, one more with each update and reinstatement, unchanged by a
    /// deletion (csv-feed §6).
    package let version: Int
    package let vaccineType: String
    package let fileName: String
    package let row: Int
    /// Nil for a record that goes to the national feed only.
    package let nhsNumber: String?
    /// ODS code of the practice the patient is registered with.
    package let practiceCode: String?
}

/// A record after all sample files were applied in order.
package struct SampleRecord: Hashable, Sendable {
    package let key: SampleRecordKey
    package let vaccineType: String
    package let version: Int
    package let isDeleted: Bool
    package let nhsNumber: String?
    /// The values of the last row that wrote the content; a deletion leaves them.
    package let fields: SampleFields
}
