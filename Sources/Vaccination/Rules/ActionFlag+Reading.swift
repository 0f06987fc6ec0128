extension ActionFlag {
    /// Reads the flag in any case; white space around it makes it invalid.
    package init?(utf8: UnsafeBufferPointer<UInt8>) {
        if ASCIIWord.matches(utf8, "new") {
            self = .new
        } else if ASCIIWord.matches(utf8, "update") {
            self = .update
        } else if ASCIIWord.matches(utf8, "delete") {
            self = .delete
        } else {
            return nil
        }
    }
}
