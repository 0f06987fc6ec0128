/// What a check of the chain found.
package struct AuditVerification: Hashable, Sendable {
    /// How many records were checked against their seals.
    package var records = 0
    /// Records that have no seal yet, and wait for it.
    package var unsealed = 0
    /// The number of the last seal, and the seal: to be kept elsewhere, so that a trail that was cut is known by it.
    package var lastNumber: Int64 = 0
    package var lastSeal = AuditChain.beginning
    /// The first place where the trail is not as it was written; nil where it is whole.
    package var fault: AuditFault?

    package init() {}
}

/// The first place where the trail is not as it was written.
package enum AuditFault: Hashable, Sendable, CustomStringConvertible {
    /// The record under a seal is not the one that was sealed, or the seal is another.
    case changed(number: Int64, recordID: Int64)
    /// The record of a seal is not there.
    case missingRecord(number: Int64, recordID: Int64)
    /// A seal is not there.
    case missingSeal(number: Int64)
    /// The chain ends before its end.
    case truncated(lastNumber: Int64, expected: Int64)
    /// The chain ends with another seal than is on file.
    case otherEnd(number: Int64)
    /// A record has neither a seal nor waits for one.
    case unchained(recordID: Int64)
    /// A record that waits for its seal is not there.
    case missingUnsealed(recordID: Int64)

    package var description: String {
        switch self {
        case .changed(let number, let id): "the record at number \(number) (id \(id)) was changed, or its seal was"
        case .missingRecord(let number, let id): "the record at number \(number) (id \(id)) was removed"
        case .missingSeal(let number): "the seal of number \(number) was removed"
        case .truncated(let last, let expected):
            "the trail ends with number \(last) and should go on to number \(expected)"
        case .otherEnd(let number):
            "the seal of number \(number) is not the one on file: the trail was rewritten before it"
        case .unchained(let id): "the record with id \(id) was put in beside the chain"
        case .missingUnsealed(let id): "the record with id \(id) was removed before it was sealed"
        }
    }
}

/// A seal that was kept outside of the database.
package struct AuditMark: Hashable, Sendable {
    package let number: Int64
    package let seal: [UInt8]

    /// `NUMBER:SEAL`, as `herald audit verify` and `herald audit export` print it.
    package init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let number = Int64(parts[0]), number > 0, parts[1].utf8.count == 64,
            parts[1].allSatisfy(\.isHexDigit)
        else { return nil }
        self.number = number
        var seal: [UInt8] = []
        var rest = parts[1]
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            seal.append(byte)
            rest = rest.dropFirst(2)
        }
        self.seal = seal
    }
}
