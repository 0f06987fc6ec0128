import NIOCore
import NIOPosix

/// A port that takes connections and never answers.
enum Silence {
    /// Lends it.
    static func with<Result: Sendable>(_ body: @Sendable (Int) async throws -> Result) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }
}
