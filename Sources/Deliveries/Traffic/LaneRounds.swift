/// Whose turn it is: rounds over clients, then over each client's origins (`delivery.md` §7); pure.
package struct LaneRounds: Sendable, Hashable {
    private var lastClient: String?
    /// Each client's origin that was last given room.
    package private(set) var lastOrigins: [String: String] = [:]

    package init() {}

    /// Gives out room.
    ///
    /// - Parameters:
    ///   - ready: Origins with lanes that are due, each client's beginning behind its ``lastOrigins``.
    ///   - room: Lanes to give out at most.
    ///   - clientRoom: How many more lanes a client may have in hand.
    ///   - originRoom: How many more an origin may have.
    /// - Returns: How many lanes to claim of each; none with zero.
    package mutating func shares(
        of ready: [ReadyOrigin],
        room: Int,
        clientRoom: (String) -> Int,
        originRoom: (String) -> Int
    ) -> [LaneShare] {
        var queues = Self.queues(ready, clientRoom: clientRoom)
        if let lastClient, let next = queues.firstIndex(where: { $0.client > lastClient }) {
            queues = Array(queues[next...] + queues[..<next])
        }
        lastOrigins = lastOrigins.filter { client, _ in queues.contains { $0.client == client } }
        // Two clients may share an origin.
        var left: [String: Int] = [:]
        for entry in ready { left[entry.origin] = originRoom(entry.origin) }
        var given: [ReadyOrigin: Int] = [:]
        var (rest, gaveSome) = (room, true)
        while rest > 0, gaveSome {
            gaveSome = false
            for index in queues.indices where rest > 0 {
                guard let entry = queues[index].take(&left) else { continue }
                given[entry, default: 0] += 1
                lastClient = entry.client
                lastOrigins[entry.client] = entry.origin
                rest -= 1
                gaveSome = true
            }
        }
        return ready.compactMap { entry in
            given[entry].map { LaneShare(client: entry.client, origin: entry.origin, lanes: $0) }
        }
    }

    private static func queues(_ ready: [ReadyOrigin], clientRoom: (String) -> Int) -> [Queue] {
        var queues: [Queue] = []
        for entry in ready {
            if queues.last?.client != entry.client {
                queues.append(Queue(client: entry.client, room: clientRoom(entry.client)))
            }
            queues[queues.count - 1].origins.append(entry)
        }
        return queues
    }

    /// A client's origins in the order of their turns.
    private struct Queue {
        let client: String
        var room: Int
        var origins: [ReadyOrigin] = []
        private var next = 0

        init(client: String, room: Int) {
            self.client = client
            self.room = room
        }

        /// The next origin that has room left.
        mutating func take(_ left: inout [String: Int]) -> ReadyOrigin? {
            guard room > 0 else { return nil }
            for _ in origins.indices {
                let entry = origins[next]
                next = (next + 1) % origins.count
                if let free = left[entry.origin], free > 0 {
                    left[entry.origin] = free - 1
                    room -= 1
                    return entry
                }
            }
            return nil
        }
    }
}

/// An origin that a client has lanes of that are due.
package struct ReadyOrigin: Sendable, Hashable {
    package var client: String
    package var origin: String

    package init(client: String, origin: String) {
        self.client = client
        self.origin = origin
    }
}

/// How many lanes of an origin and client to claim.
package struct LaneShare: Sendable, Hashable {
    package var client: String
    package var origin: String
    package var lanes: Int

    package init(client: String, origin: String, lanes: Int) {
        self.client = client
        self.origin = origin
        self.lanes = lanes
    }
}
