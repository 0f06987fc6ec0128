/// What a supplier calls a record: the pair (UNIQUE_ID_URI, UNIQUE_ID), which is the record's identity over all
/// suppliers, vaccine types and patients (csv-feed.md §6).
///
/// Compared byte for byte. `String` would hold two spellings of one accented letter equal, which the feed does not.
package struct RecordIdentifier: Sendable, Hashable {
    /// UNIQUE_ID_URI.
    package let system: String
    /// UNIQUE_ID.
    package let value: String

    /// The identifier with this system and value.
    package init(system: String, value: String) {
        self.system = system
        self.value = value
    }

    /// Whether system and value have the same bytes.
    package static func == (left: RecordIdentifier, right: RecordIdentifier) -> Bool {
        left.system.utf8.elementsEqual(right.system.utf8) && left.value.utf8.elementsEqual(right.value.utf8)
    }

    /// Feeds the bytes of system and value, each with its length.
    package func hash(into hasher: inout Hasher) {
        for part in [system, value] {
            hasher.combine(part.utf8.count)
            for byte in part.utf8 { hasher.combine(byte) }
        }
    }
}
