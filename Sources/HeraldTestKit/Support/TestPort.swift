import Foundation
import Synchronization

/// Ports of the loopback interface for servers that cannot choose one by themselves.
///
/// A server that is told its port binds it a while after the port was found free. Ports come from below those that the
/// system gives to outgoing connections, or one of the many connections of the tests takes the port in the meantime.
package enum TestPort {
    private static let given = Mutex<Set<Int>>([])

    /// A port that nothing listens on, and that this process has not been given before.
    package static func free() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 10_000..<firstOutgoingPort)
            if given.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
        }
        throw NoPort()
    }

    /// No port was free.
    package struct NoPort: Error, CustomStringConvertible {
        package let description = "no port of 127.0.0.1 is free"
    }

    /// Where the ports of outgoing connections begin: 32768 unless the machine is set up differently.
    private static let firstOutgoingPort: Int = {
        let range = try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)
        let first = range?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
        return max(first, 12_000)
    }()

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
