import NIOCore
import NIOPosix

/// Ports of the loopback interface for processes that cannot choose one by themselves.
enum LoopbackPort {
    /// A port that is free now.
    static func free() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }
}
