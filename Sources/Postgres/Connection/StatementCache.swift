/// Which statements a connection has prepared, by text and parameter types; the one unused for longest goes first.
struct StatementCache: Sendable {
    struct Key: Hashable, Sendable {
        let sql: String
        let types: [UInt32]
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// The name under which the statement is prepared, if it is.
    mutating func name(for key: Key) -> String? {
        uses += 1
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].lastUse = uses
        return entries.values[index].name
    }

    /// A name that no statement of the connection ever had: one that is still being deallocated cannot be hit.
    func unusedName() -> String { "s\(uses)" }

    /// Notes a prepared statement and returns the name of the one that has to be deallocated for it.
    mutating func insert(_ name: String, for key: Key) -> String? {
        var evicted: String?
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            evicted = oldest.value.name
        }
        entries[key] = Entry(name: name, lastUse: uses)
        return evicted
    }

    /// Forgets a statement that the server no longer has, or whose plan is stale, and returns its name.
    mutating func remove(_ key: Key) -> String? {
        entries.removeValue(forKey: key)?.name
    }
}
