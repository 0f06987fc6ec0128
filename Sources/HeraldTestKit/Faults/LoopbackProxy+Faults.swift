import NIOCore
import Synchronization

/// What a proxy knows of its connections, and what it is to do to them.
struct ProxyState: Sendable {
    struct Link: Sendable {
        let channels: [any Channel]
        var isHeld = false
    }

    enum Admission {
        case pass, wait, gone
        /// So many bytes, then a reset.
        case cut(after: Int)
    }

    var connections: [Int: Link] = [:]
    var isRefusing = false
    var isStalled = false
    /// Bytes that are still let through before a connection is cut.
    var budget: Int?
    /// What the client has to send for its connection to be held.
    var trap: [UInt8]?
    var isSprung = false
    private var nextID = 0

    mutating func add(_ client: any Channel, _ upstream: any Channel) -> Int {
        nextID += 1
        connections[nextID] = Link(channels: [client, upstream])
        return nextID
    }

    mutating func admit(_ count: Int, on id: Int) -> Admission {
        guard let link = connections[id], link.channels.allSatisfy(\.isActive) else { return .gone }
        if isStalled || link.isHeld { return .wait }
        guard let left = budget else { return .pass }
        guard count >= left else {
            budget = left - count
            return .pass
        }
        budget = nil
        return .cut(after: left)
    }

    /// Springs the trap when the connection's client has sent what it waits for, also when that comes in two pieces.
    mutating func look(at bytes: ByteBuffer, after tail: inout [UInt8], on id: Int) {
        guard let trap else { return tail = [] }
        let text = tail + Array(bytes.readableBytesView)
        if text.contains(trap) {
            connections[id]?.isHeld = true
            self.trap = nil
            isSprung = true
        }
        tail = text.suffix(trap.count - 1)
    }
}

extension LoopbackProxy {
    /// Whether a client has run into the trap of ``hold(whenClientSends:)``.
    package var hasCaught: Bool { state.withLock(\.isSprung) }

    /// Lets everything through again, what was held included.
    package func heal() {
        state.withLock { state in
            state.isRefusing = false
            state.isStalled = false
            state.budget = nil
            state.trap = nil
            state.isSprung = false
            for id in state.connections.keys { state.connections[id]?.isHeld = false }
        }
    }

    /// Breaks every connection with a reset; new ones are served.
    package func reset() {
        let channels = state.withLock { $0.connections.values.flatMap(\.channels) }
        for channel in channels { channel.abort() }
    }

    /// Breaks every connection and takes no new ones: the server is away.
    package func refuse() {
        state.withLock { $0.isRefusing = true }
        reset()
    }

    /// Lets nothing through in either direction, and breaks nothing: packets vanish.
    package func stall() { state.withLock { $0.isStalled = true } }

    /// Lets so many more bytes through, all connections together, and resets the one they end on.
    package func cut(afterBytes count: Int) { state.withLock { $0.budget = count } }

    /// Holds the connection on which a client sends this next, before the server sees it.
    package func hold(whenClientSends text: String) {
        state.withLock { state in
            state.isSprung = false
            state.trap = Array(text.utf8)
        }
    }
}
