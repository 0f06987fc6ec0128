/// What a producer knows about the messages on their way: a count, who waits for it to change, and whether more may come.
///
/// Its methods return whom to resume, because that is not done under a lock.
struct SendLedger<Link> {
    typealias Waiter = CheckedContinuation<Void, Never>

    private(set) var link: Link?
    private(set) var outstanding = 0
    private var isOpen = false
    private var waitingForRoom: [Waiter] = []
    private var waitingForQuiet: [Waiter] = []

    mutating func open(_ link: Link) {
        self.link = link
        isOpen = true
    }

    /// Counts one more message; nil once closing has begun.
    mutating func admit() -> Link? {
        guard isOpen, let link else { return nil }
        outstanding += 1
        return link
    }

    /// Takes messages off the count, after their room in librdkafka's queue has been given back.
    mutating func settle(_ count: Int) -> [Waiter] {
        outstanding -= count
        defer { waitingForRoom = [] }
        guard outstanding == 0 else { return waitingForRoom }
        defer { waitingForQuiet = [] }
        return waitingForRoom + waitingForQuiet
    }

    /// Registers a sender that found the queue full.
    ///
    /// - Returns: Whether to try again at once. With messages outstanding a later ``settle(_:)`` resumes the sender; with
    ///   none there is nothing to wait for.
    mutating func waitForRoom(_ waiter: Waiter) -> Bool {
        guard isOpen, outstanding > 0 else { return true }
        waitingForRoom.append(waiter)
        return false
    }

    /// Registers who waits for the last report; true if it has come.
    mutating func waitForQuiet(_ waiter: Waiter) -> Bool {
        guard outstanding > 0 else { return true }
        waitingForQuiet.append(waiter)
        return false
    }

    /// Admits no more messages; who waits for room must learn that.
    mutating func close() -> [Waiter] {
        isOpen = false
        defer { waitingForRoom = [] }
        return waitingForRoom
    }

    /// Lets go of the client.
    mutating func release() {
        link = nil
    }
}
