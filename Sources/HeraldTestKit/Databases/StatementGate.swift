import Foundation
import Glibc
package import Postgres
import Synchronization

/// Stands between a client and the server, counts statements, and breaks the connection at one of them.
///
/// That is before the server has got it, or after it was carried out and before the answer comes back. A kill at any moment
/// looks like one of the two.
package final class StatementGate: Sendable {
    /// Where to break the connection.
    package enum Cut: Sendable, Hashable {
        case never
        /// The statement of this number, counted from 1 since it was armed, does not reach the server.
        case before(Int)
        /// It does, and its answer is lost.
        case after(Int)
    }

    private struct State {
        var cut = Cut.never
        var statements = 0
    }

    private let listener: Int32
    private let folder: String
    private let server: String
    private let state = Mutex(State())
    /// How clients connect through the gate.
    package let configuration: PostgresConfiguration

    /// Opens a gate to the server of a configuration, which has to listen on a socket in a folder.
    package init(to configuration: PostgresConfiguration) throws {
        let components = URLComponents(string: configuration.url)
        let keywords = (components?.queryItems ?? []).reduce(into: [String: String]()) { $0[$1.name] = $1.value }
        guard let host = keywords["host"], host.hasPrefix("/") else {
            throw PostgresError.misuse("the server has no socket in a folder")
        }
        let port = keywords["port"] ?? "5432"
        server = "\(host)/.s.PGSQL.\(port)"
        folder = "/tmp/gate-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        listener = try Self.socket("\(folder)/.s.PGSQL.\(port)", bind)
        guard listen(listener, 64) == 0 else { throw PostgresError.misuse("the gate cannot listen") }
        var own = components
        own?.queryItems = keywords.merging(["host": folder]) { $1 }.map { URLQueryItem(name: $0, value: $1) }
        self.configuration = try PostgresConfiguration(url: own?.string ?? "")
        Thread.detachNewThread { [self] in accept() }
    }

    /// Counts anew, and breaks the connection there.
    package func arm(_ cut: Cut) { state.withLock { $0 = State(cut: cut) } }

    /// How many statements have passed since it was armed.
    package var statements: Int { state.withLock(\.statements) }

    /// Lets nobody in any more.
    package func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            guard let server = try? Self.socket(server, connect) else {
                Glibc.close(client)
                continue
            }
            let pair = Pair(client: client, server: server)
            Thread.detachNewThread { [self] in forward(pair) }
            Thread.detachNewThread { pair.backward() }
        }
    }

    /// Hands the client's messages on, a statement at a time.
    private func forward(_ pair: Pair) {
        defer { pair.end() }
        // The first message has no type; it starts a session, or cancels another's statement.
        guard let start = pair.message(typed: false), pair.send(start) else { return }
        var held: [UInt8] = []
        while let message = pair.message(typed: true) {
            held += message
            // Query, Sync and CopyDone end what the server carries out as one.
            guard [UInt8(ascii: "Q"), UInt8(ascii: "S"), UInt8(ascii: "c")].contains(message[0]) else {
                // COPY's data is long; it means nothing before its end.
                guard message[0] == UInt8(ascii: "d") || message[0] == UInt8(ascii: "X") else { continue }
                guard pair.send(held) else { return }
                held = []
                continue
            }
            let (number, cut) = state.withLock { state in
                state.statements += 1
                return (state.statements, state.cut)
            }
            if cut == .before(number) { return }
            if cut == .after(number) {
                pair.silence()
                if pair.send(held) { pair.waitForAnswer() }
                return
            }
            guard pair.send(held) else { return }
            held = []
        }
    }

    private static func socket(
        _ path: String,
        _ open: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws -> Int32 {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw PostgresError.misuse("the socket's path is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                open(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(socket)
            throw PostgresError.misuse("the socket cannot be opened")
        }
        return socket
    }
}

/// The two sides of one connection.
private final class Pair: Sendable {
    private struct State {
        var isSilent = false
        var open = 2
    }

    private let client: Int32
    private let server: Int32
    private let state = Mutex(State())
    private let answered = DispatchSemaphore(value: 0)

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    /// Reads one message of the client.
    func message(typed: Bool) -> [UInt8]? {
        let head = typed ? 5 : 4
        guard var bytes = read(head) else { return nil }
        let length = bytes.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        guard length >= 4, let rest = read(length - 4) else { return nil }
        bytes += rest
        return bytes
    }

    func send(_ bytes: [UInt8]) -> Bool { Self.write(bytes, to: server) }

    /// Keeps the server's answers from now on.
    func silence() { state.withLock { $0.isSilent = true } }

    func waitForAnswer() { _ = answered.wait(timeout: .now() + .seconds(20)) }

    /// Hands the server's answers on.
    func backward() {
        defer { end() }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(server, &buffer, buffer.count)
            guard count > 0 else { break }
            if state.withLock(\.isSilent) {
                answered.signal()
            } else if !Self.write(Array(buffer.prefix(count)), to: client) {
                break
            }
        }
        answered.signal()
    }

    /// Ends both directions; the second to end closes.
    func end() {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
        let isLast = state.withLock { state in
            state.open -= 1
            return state.open == 0
        }
        guard isLast else { return }
        close(client)
        close(server)
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(client, $0.baseAddress.map { $0 + done }, count - done)
            }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                Glibc.send(socket, buffer.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            done += sent
        }
        return true
    }
}
