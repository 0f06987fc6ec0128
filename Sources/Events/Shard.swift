import Foundation
package import Vaccination

/// One of the 64 parts the outbox is shared out by; a record's changes are always in the same one (D-81).
package struct Shard: Sendable, Hashable {
    /// How many there are: fixed for ever, because stored rows carry the number.
    package static let count: Int16 = 64

    /// 0 to 63.
    package let number: Int16

    package init(number: Int16) { self.number = number }

    /// The shard of a record: the low six bits of its id, which is a hash already.
    package init(of recordID: RecordID) {
        number = Int16(recordID.uuid.uuid.15 & 0x3f)
    }
}
