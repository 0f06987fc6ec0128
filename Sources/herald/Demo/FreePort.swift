import Foundation

/// Ports of the loopback interface.
enum FreePort {
    /// Whether something can listen on the port now.
    static func isFree(_ port: Int) -> Bool { bound(to: port) != nil }

    /// A port that is free now.
    static func find() throws -> Int {
        guard let port = bound(to: 0) else { throw CommandFailure("no free port on 127.0.0.1") }
        return port
    }

    /// Binds and lets go again; the port that was bound.
    private static func bound(to port: Int) -> Int? {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard handle >= 0 else { return nil }
        defer { close(handle) }
        var reuse: Int32 = 1
        setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, size) == 0 && listen(handle, 1) == 0 && getsockname(handle, $0, &size) == 0
            }
        }
        return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
