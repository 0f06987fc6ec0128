import Feeds
import Foundation
import Logging
import ServiceLifecycle
import Store
import Testing

@testable import herald

/// Runs a hub's feed worker until no feed is open any more.
enum FeedRun {
    static func applyAll(_ hub: Hub) async throws {
        let worker = FeedWorker(
            store: hub.store,
            configuration: hub.configuration.feedWorker,
            owner: UUID(),
            logger: hub.logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            let deadline = ContinuousClock.now + .seconds(60)
            while try await hub.store.summaries(limit: 100).contains(where: { !$0.status.isFinal }) {
                guard ContinuousClock.now < deadline else {
                    Issue.record("feeds are not applied after a minute")
                    break
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            group.cancelAll()
        }
    }
}
