import Crypto
package import Foundation

/// The hash chain over the trail: each seal is SHA-256 over the seal before it and every column of the record.
package enum AuditChain {
    /// What the first record of a trail is sealed with: 32 zero bytes.
    package static let beginning = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// The seal of a record.
    package static func seal(_ row: AuditRow, after previous: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: previous)
        for field in row.fields {
            // Its length stands before each field, so no two rows have the same bytes; a null has none and is not empty.
            withUnsafeBytes(of: Int32(field.map { $0.utf8.count } ?? -1).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array((field ?? "").utf8))
        }
        return Array(hash.finalize())
    }

    /// A seal as people and files have it: 64 hexadecimal digits.
    package static func text(_ seal: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(seal.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// A row of the trail exactly as it is stored: what is sealed, exported and read back.
package struct AuditRow: Hashable, Sendable {
    package let id: Int64
    package let eventID: UUID
    package let recorded: Date
    package let patient: Int64?
    package let client: String?
    package let interaction: String
    package let outcome: Int16
    package let status: Int16?
    package let entities: [String]
    /// The JSON of ``AuditDetails``.
    package let details: String

    package init(
        id: Int64,
        eventID: UUID,
        recorded: Date,
        patient: Int64?,
        client: String?,
        interaction: String,
        outcome: Int16,
        status: Int16?,
        entities: [String],
        details: String
    ) {
        self.id = id
        self.eventID = eventID
        self.recorded = recorded
        self.patient = patient
        self.client = client
        self.interaction = interaction
        self.outcome = outcome
        self.status = status
        self.entities = entities
        self.details = details
    }

    /// Every column, in the order of the table; the order and the forms are part of the chain and never change.
    var fields: [String?] {
        [
            String(id), eventID.uuidString.lowercased(),
            String(Int64((recorded.timeIntervalSince1970 * 1_000_000).rounded())),
            patient.map(String.init), client, interaction, String(outcome), status.map(String.init),
            entities.joined(separator: " "), details,
        ]
    }

    /// The record, for those who read the trail.
    ///
    /// - Throws: `DecodingError` for a row that this program did not write.
    package func record() throws -> AuditRecord {
        var record = AuditRecord(eventID: eventID, recorded: recorded)
        record.patient = patient.flatMap {
            PatientNumber(String(repeating: "0", count: max(0, 10 - String($0).count)) + String($0))
        }
        record.client = client
        record.interaction = AuditInteraction(rawValue: interaction) ?? .operation
        record.outcome = AuditOutcome(rawValue: outcome) ?? .serverFault
        record.status = status.map(Int.init)
        record.details = try JSONDecoder().decode(AuditDetails.self, from: Data(details.utf8))
        return record
    }
}
