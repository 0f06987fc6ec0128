package import Foundation

extension UUID {
    /// The UUID in lower case, as RFC 9562 and FHIR's `uuid` want it written.
    package var lowercaseText: String {
        var bytes: [UInt8] = []
        appendLowercase(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the 36 characters of the UUID in lower case.
    package func appendLowercase(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { octets in
            for (index, octet) in octets.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 { bytes.append(UInt8(ascii: "-")) }
                bytes.append(Self.digit(octet >> 4))
                bytes.append(Self.digit(octet & 0x0F))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
