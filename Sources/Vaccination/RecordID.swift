import Crypto
import FHIR
package import Foundation

/// The id Herald gives a record: the `id` of its Immunization, stable over updates, deletion and reinstatement.
///
/// For a record from a feed it is computed from the record's identifier, so that a repeated upload finds itself and
/// the primary key is the uniqueness rule (engineering-notes.md E-15).
package struct RecordID: Sendable, Hashable, CustomStringConvertible {
    /// The 128 bits of the id.
    package let uuid: UUID

    /// The id in lower case, as FHIR and URLs carry it.
    package var description: String { uuid.lowercaseText }

    /// An id that is already known.
    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// The id of the record with this identifier.
    package init(_ identifier: RecordIdentifier) {
        var system = identifier.system
        var value = identifier.value
        self = system.withUTF8 { system in value.withUTF8 { RecordID(systemUTF8: system, valueUTF8: $0) } }
    }

    /// The id of the record with this identifier, from its bytes.
    ///
    /// This layout is for ever, since every stored record's key depends on it:
    ///
    /// 1. SHA-256 over: length of the system in bytes (UInt32, big-endian), the system's UTF-8 bytes, length of the
    ///    value in bytes (UInt32, big-endian), the value's UTF-8 bytes. The bytes are taken as the feed had them
    ///    after unquoting and decoding to UTF-8: no trimming, no case folding, no Unicode normalisation.
    /// 2. The first 16 bytes of the digest, with the upper four bits of byte 6 set to 8 (UUID version 8) and the
    ///    upper two bits of byte 8 set to binary 10 (the RFC 9562 variant).
    ///
    /// The lengths keep apart what concatenation would join, such as (`ab`, `c`) and (`a`, `bc`).
    package init(systemUTF8 system: UnsafeBufferPointer<UInt8>, valueUTF8 value: UnsafeBufferPointer<UInt8>) {
        let digest = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 8 + system.count + value.count) { input in
            var end = 0
            for part in [system, value] {
                withUnsafeBytes(of: UInt32(part.count).bigEndian) { length in
                    for byte in length {
                        input.initializeElement(at: end, to: byte)
                        end += 1
                    }
                }
                end = input[end...].initialize(fromContentsOf: part)
            }
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(input))
            return hasher.finalize()
        }
        self = digest.withUnsafeBytes { digest in
            var bytes = digest.loadUnaligned(as: uuid_t.self)
            bytes.6 = bytes.6 & 0x0F | 0x80
            bytes.8 = bytes.8 & 0x3F | 0x80
            return RecordID(UUID(uuid: bytes))
        }
    }
}
