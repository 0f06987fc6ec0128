/// The code of an organisation in the Organisation Data Service: 1 to 12 of `A`-`Z` and `0`-`9`, in upper case.
package struct ODSCode: Hashable, Sendable, CustomStringConvertible {
    /// The code in upper case.
    package let text: String

    /// The code.
    package var description: String { text }

    /// Reads a code in any case; anything but 1 to 12 ASCII letters and digits is refused.
    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }
        let isCode = bytes.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard (1...12).contains(bytes.count), isCode else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
    }
}
