/// Who has which of a pool's places: at most `maximum` connections lent or being opened, waiters served in order.
///
/// While somebody waits there is no idle connection and no free place.
struct PoolStateMachine<Connection> {
    typealias WaiterID = UInt64

    /// What a borrower is to do.
    enum Lease {
        case use(Connection)
        /// Open a connection in the place that is now the borrower's.
        case open
        case wait
        case refuse
    }

    /// What is to be done with a connection, or the place of a broken one, that was given back.
    enum Return {
        case kept
        case lend(Connection, to: WaiterID)
        case open(for: WaiterID)
        /// The pool is shut; close the connection. `isDrained`: it was the last.
        case close(isDrained: Bool)
    }

    let maximum: Int
    private(set) var idle: [Connection] = []
    private(set) var lent = 0
    private(set) var waiting: [WaiterID] = []
    private(set) var isClosed = false

    init(maximum: Int) {
        self.maximum = max(1, maximum)
    }

    mutating func lease(for waiter: WaiterID) -> Lease {
        guard !isClosed else { return .refuse }
        // The one given back last is the likeliest to be still connected, and its plans are warm.
        if let connection = idle.popLast() {
            lent += 1
            return .use(connection)
        }
        guard lent >= maximum else {
            lent += 1
            return .open
        }
        waiting.append(waiter)
        return .wait
    }

    /// Takes a connection back; `nil` where it broke, or could not be opened.
    mutating func giveBack(_ connection: Connection?) -> Return {
        guard !isClosed else {
            lent -= 1
            return .close(isDrained: lent == 0)
        }
        guard waiting.isEmpty else {
            let next = waiting.removeFirst()
            return connection.map { .lend($0, to: next) } ?? .open(for: next)
        }
        lent -= 1
        if let connection { idle.append(connection) }
        return .kept
    }

    /// Takes a waiter out of the queue; `false` where it has been served already.
    mutating func cancel(_ waiter: WaiterID) -> Bool {
        guard let position = waiting.firstIndex(of: waiter) else { return false }
        waiting.remove(at: position)
        return true
    }

    /// After one connection broke the others are likely to be dead as well.
    mutating func takeIdle() -> [Connection] {
        defer { idle = [] }
        return idle
    }

    /// Lends nothing any more; what is lent may be used to its end.
    mutating func close() -> (idle: [Connection], waiting: [WaiterID], isDrained: Bool) {
        isClosed = true
        defer { waiting = [] }
        return (takeIdle(), waiting, lent == 0)
    }
}
