import Glibc
import HeraldTestKit
import Testing

/// A connection on which a test sends what no HTTP client would, at the pace it likes.
final class SlowConnection {
    private let descriptor: Int32
    private(set) var received: [UInt8] = []

    struct Failed: Error {}

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed() }
    }

    deinit { close(descriptor) }

    /// Sends text, or says that the other end does not take it any more.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Reads what is there.
    ///
    /// - Returns: Whether the other end has closed the connection.
    func isClosed() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                received += buffer[..<count]
            } else {
                return count == 0 || errno != EAGAIN
            }
        }
    }

    /// What came so far.
    var text: String { String(decoding: received, as: UTF8.self) }

    /// Waits until the other end has closed the connection.
    func waitForEnd(within limit: Duration = .seconds(30)) async throws {
        try await eventually(within: limit, "the end of the connection") { isClosed() }
    }

    /// Waits for text in what comes.
    func wait(for part: String) async throws {
        try await eventually("\(part) in an answer") {
            _ = isClosed()
            return text.contains(part)
        }
    }
}
