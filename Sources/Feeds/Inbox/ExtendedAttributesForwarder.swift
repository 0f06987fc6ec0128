package import Logging
import ServiceLifecycle

/// Passes extended attributes files on unchanged, into a folder (csv-feed §11).
package struct ExtendedAttributesForwarder<Store: FeedStore>: Service {
    private let store: Store
    private let folder: String
    private let pause: Duration
    private let logger: Logger

    /// A forwarder into a folder that exists.
    package init(store: Store, folder: String, pause: Duration = .seconds(2), logger: Logger) {
        self.store = store
        self.folder = folder
        self.pause = pause
        self.logger = logger
    }

    /// Passes files on until shutdown is asked for.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                for feed in try await store.feedsToForward(limit: 100) where !Task.isShuttingDownGracefully {
                    // Twice in a crash: the same bytes under the same name.
                    try await WholeFile.write(KeptContent(store: store, id: feed.id), to: "\(folder)/\(feed.name)")
                    try await store.markForwarded(feed.id)
                    logger.info("extended attributes file passed on", metadata: ["herald.feed.id": "\(feed.id)"])
                }
            } catch {
                logger.warning("extended attributes files wait for another try", error: error)
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}

/// The content of a file as it was received.
struct KeptContent<Store: FeedStore>: AsyncSequence {
    let store: Store
    let id: FeedID

    func makeAsyncIterator() -> Iterator { Iterator(content: self) }

    struct Iterator: AsyncIteratorProtocol {
        let content: KeptContent
        private var offset: Int64 = 0

        init(content: KeptContent) { self.content = content }

        mutating func next() async throws -> [UInt8]? {
            guard let chunk = try await content.store.chunk(of: content.id, at: offset) else { return nil }
            offset += Int64(chunk.bytes.count)
            return chunk.bytes
        }
    }
}
