import Synchronization

/// How many connections a listener has, in all and from each address.
final class ConnectionCounter: Sendable {
    private struct State {
        var count = 0
        var byAddress: [String: Int] = [:]
    }

    private let inAll: Int
    private let perAddress: Int
    private let state = Mutex(State())

    init(inAll: Int, perAddress: Int) {
        self.inAll = inAll
        self.perAddress = perAddress
    }

    /// Counts a new connection.
    ///
    /// - Returns: False, and nothing is counted, where it is one too many.
    func open(_ address: String) -> Bool {
        state.withLock { state in
            guard state.count < inAll, state.byAddress[address, default: 0] < perAddress else { return false }
            state.count += 1
            state.byAddress[address, default: 0] += 1
            return true
        }
    }

    /// A connection that was counted is over.
    func close(_ address: String) {
        state.withLock { state in
            state.count -= 1
            let left = state.byAddress[address, default: 1] - 1
            state.byAddress[address] = left > 0 ? left : nil
        }
    }
}
