package import Vaccination

/// The partition in which a record's events are, as `murmur2_random` and Java's default partitioner choose it.
package enum KeyPartition {
    /// Chooses the partition.
    ///
    /// - Parameters:
    ///   - recordID: The record, whose id in text is the messages' key.
    ///   - count: How many partitions the topic has.
    /// - Returns: Its number, from 0.
    package static func of(_ recordID: RecordID, count: Int) -> Int32 {
        Int32(Int(murmur2(Array(recordID.description.utf8)) & 0x7fff_ffff) % count)
    }

    /// MurmurHash2 in 32 bits with Kafka's seed (`org.apache.kafka.common.utils.Utils.murmur2`).
    static func murmur2(_ bytes: [UInt8]) -> UInt32 {
        let factor: UInt32 = 0x5bd1_e995
        var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        let whole = bytes.count / 4 * 4
        for start in stride(from: 0, to: whole, by: 4) {
            var word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            word = word &* factor
            word ^= word >> 24
            hash = hash &* factor ^ word &* factor
        }
        if whole < bytes.count {
            for index in whole..<bytes.count { hash ^= UInt32(bytes[index]) << UInt32(8 * (index - whole)) }
            hash = hash &* factor
        }
        hash ^= hash >> 13
        hash = hash &* factor
        return hash ^ hash >> 15
    }
}
