extension String {
    /// What a client sent, as an answer may repeat it: short, and without what could break a line.
    var quotedForAnswer: String {
        "\"" + unicodeScalars.prefix(64).map { $0.isASCII && $0.value >= 0x20 ? String($0) : "?" }.joined() + "\""
    }
}
