import Crypto
package import Foundation
package import Vaccination

/// One accepted action on one record: what the event log carries and the router matches.
package struct VaccinationEvent: Sendable, Hashable {
    package var kind: EventKind
    package var recordID: RecordID
    /// Counts the record's accepted actions from 1, removals included: the order of its events.
    package var change: Int32
    /// The FHIR version the record has after the action; a removal keeps the last one.
    package var version: Int32
    /// When the action was committed.
    package var committedAt: Date
    package var attributes: EventAttributes
    /// W3C trace context of the row's batch, when there is one.
    package var traceParent: String?

    package init(
        kind: EventKind,
        recordID: RecordID,
        change: Int32,
        version: Int32,
        committedAt: Date,
        attributes: EventAttributes,
        traceParent: String? = nil
    ) {
        self.kind = kind
        self.recordID = recordID
        self.change = change
        self.version = version
        self.committedAt = committedAt
        self.attributes = attributes
        self.traceParent = traceParent
    }

    /// The event's id: the same for the same change of the same record, whoever computes it and however often.
    ///
    /// SHA-256 over the record id's 16 bytes and the change as a big-endian 32-bit number; the first 128 bits, marked as
    /// UUID version 8.
    package var id: UUID {
        var hash = SHA256()
        withUnsafeBytes(of: recordID.uuid.uuid) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: change.bigEndian) { hash.update(bufferPointer: $0) }
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

extension VaccinationEvent {
    /// The change the event is about.
    package var key: RecordChangeKey { RecordChangeKey(recordID: recordID, change: change) }
}
