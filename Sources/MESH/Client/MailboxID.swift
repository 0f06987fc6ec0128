/// Names a mailbox: upper-case letters and digits (`mesh.md` §1).
package struct MailboxID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// A mailbox's id, in upper case; nil for anything that is none.
    package init?(_ text: some StringProtocol) {
        let upper = text.uppercased()
        let isValid =
            (1...100).contains(upper.utf8.count)
            && upper.utf8.allSatisfy { byte in
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
        guard isValid else { return nil }
        self.text = upper
    }

    package var description: String { text }
}

/// Names a message; given by MESH and opaque, but fit for a path.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// An id as MESH gave it; nil for what no path should hold.
    package init?(_ text: some StringProtocol) {
        let isValid =
            (1...100).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
                        || scalar == "-")
            }
        guard isValid else { return nil }
        self.text = String(text)
    }

    package var description: String { text }
}
