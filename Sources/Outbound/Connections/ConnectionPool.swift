import NIOCore
import Synchronization

/// Connections that wait for their next request, by host; each goes to an address that was checked (D-72).
final class ConnectionPool: Sendable {
    struct Key: Hashable, Sendable {
        let isSecure: Bool
        let host: String
        let port: Int

        init(_ url: EndpointURL) { (isSecure, host, port) = (url.isSecure, url.host, url.port) }
    }

    struct Connection: Sendable {
        let channel: any Channel
        let address: IPAddress
    }

    private struct State {
        var idle: [Key: [(connection: Connection, timer: Scheduled<Void>)]] = [:]
        var count = 0
        var isOpen = true
    }

    private static let idleTime = TimeAmount.seconds(60)
    private static let perHost = 64
    private static let limit = 2000

    private let state = Mutex(State())

    /// The connection that was used last; nil where there is none to an allowed address.
    func take(_ key: Key, policy: AddressPolicy) -> Connection? {
        while true {
            let entry = state.withLock { state in
                let entry = state.idle[key]?.popLast()
                if entry != nil { state.count -= 1 }
                if state.idle[key]?.isEmpty ?? false { state.idle[key] = nil }
                return entry.map { ($0.connection, $0.timer) }
            }
            guard let (connection, timer) = entry else { return nil }
            timer.cancel()
            if connection.channel.isActive, policy.allows(connection.address) { return connection }
            connection.channel.close(promise: nil)
        }
    }

    /// Keeps a connection for a minute.
    func give(_ connection: Connection, _ key: Key) {
        guard connection.channel.isActive else { return }
        let channel = connection.channel
        let timer = channel.eventLoop.scheduleTask(in: Self.idleTime) { channel.close(promise: nil) }
        let isKept = state.withLock { state in
            var waiting = state.idle[key] ?? []
            let before = waiting.count
            waiting.removeAll { !$0.connection.channel.isActive }
            state.count -= before - waiting.count
            let isKept = state.isOpen && waiting.count < Self.perHost && state.count < Self.limit
            if isKept {
                waiting.append((connection, timer))
                state.count += 1
            }
            state.idle[key] = waiting.isEmpty ? nil : waiting
            return isKept
        }
        guard !isKept else { return }
        timer.cancel()
        channel.close(promise: nil)
    }

    /// Closes what waits, and keeps nothing from now on.
    func close() {
        let waiting = state.withLock { state in
            defer { state = State(isOpen: false) }
            return state.idle.values.flatMap { $0.map { ($0.connection, $0.timer) } }
        }
        for (connection, timer) in waiting {
            timer.cancel()
            connection.channel.close(promise: nil)
        }
    }
}
