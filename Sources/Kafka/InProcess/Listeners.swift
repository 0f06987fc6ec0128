import Glibc

/// The listening sockets that librdkafka's mock cluster has opened in this process.
enum Listeners {
    /// Makes connections accepted from now on send without delay (`TCP_NODELAY`), which Linux lets them inherit.
    ///
    /// The mock cluster leaves Nagle's algorithm on and answers each partition's request by itself, so that every answer
    /// but the first waits some 40 ms for the client's delayed acknowledgement; real brokers do not do that. Nothing
    /// else than speed depends on this, so failures are ignored.
    ///
    /// - Parameter servers: Comma-separated `host:port` pairs, as the cluster gives them.
    static func sendWithoutDelay(_ servers: String) {
        let ports = Set(
            servers.split(separator: ",").compactMap { $0.split(separator: ":").last.flatMap { UInt16($0) } }
        )
        guard let directory = opendir("/proc/self/fd") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            guard let socket = Int32(name), let port = listeningPort(of: socket), ports.contains(port) else { continue }
            var yes: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private static func listeningPort(of socket: Int32) -> UInt16? {
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
            return nil
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        guard result == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
        return UInt16(bigEndian: address.sin_port)
    }
}
