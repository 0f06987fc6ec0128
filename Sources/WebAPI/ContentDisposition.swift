extension String {
    /// A `Content-Disposition` that saves a file under a name (RFC 6266).
    ///
    /// Names come from senders, and of refused files they may hold anything: what a quoted string cannot hold is sent
    /// percent-encoded beside a plain form.
    static func attachment(named name: String) -> String {
        let plain = String(name.unicodeScalars.map { isPlain($0) ? Character($0) : "_" })
        guard plain != name else { return "attachment; filename=\"\(name)\"" }
        let encoded = name.utf8.map { byte -> String in
            let scalar = Unicode.Scalar(byte)
            let isUnreserved =
                byte < 0x80 && (scalar.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains(scalar))
            let digits = String(byte, radix: 16, uppercase: true)
            return isUnreserved ? String(scalar) : "%" + (digits.count < 2 ? "0" : "") + digits
        }
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded.joined())"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        (0x20...0x7E).contains(scalar.value) && !"\"\\/%".unicodeScalars.contains(scalar)
    }
}
