package import Foundation
package import Logging
import ServiceLifecycle

/// Where records wait that no practice can be told of; implemented on PostgreSQL.
package protocol WaitingPatientStore: Sendable {
    /// Asks the directory again for the patients whose time has come, and gives what it can to their practices.
    ///
    /// - Parameters:
    ///   - limit: Records looked at, at most.
    ///   - now: The time.
    /// - Returns: What became of them.
    /// - Throws: Errors of the database, and of a directory that is away.
    func askForPractices(limit: Int, at now: Date) async throws -> WaitingOutcome
}

/// What asking again has come to.
package struct WaitingOutcome: Sendable, Hashable {
    /// Records that were looked at.
    package var asked = 0
    /// Records that went to a practice.
    package var released = 0

    package init(asked: Int = 0, released: Int = 0) {
        self.asked = asked
        self.released = released
    }
}

/// Asks again which practice patients have who had none when their vaccinations came in (gp-digital-medicine.md §10):
/// daily for a week, then weekly, and at once when the directory is loaded.
package struct WaitingPatients: Service {
    private static let batch = 200

    private let store: any WaitingPatientStore
    private let pause: Duration
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let onReleased: @Sendable () -> Void

    /// - Parameters:
    ///   - store: Where they wait.
    ///   - pause: Between two looks at who is due.
    ///   - now: The clock.
    ///   - logger: Where troubles go.
    ///   - onReleased: Called when there is something to deliver.
    package init(
        store: any WaitingPatientStore,
        pause: Duration = .seconds(5),
        now: @escaping @Sendable () -> Date = { Date() },
        logger: Logger,
        onReleased: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.pause = pause
        self.now = now
        self.logger = logger
        self.onReleased = onReleased
    }

    /// Runs until shutdown is asked for.
    package func run() async throws {
        var backoff = Backoff()
        while !Task.isShuttingDownGracefully {
            let rest = await turn(&backoff)
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: rest) }
            } catch {
                return
            }
        }
    }

    /// Asks for those whose turn it is, and says how long to rest.
    private func turn(_ backoff: inout Backoff) async -> Duration {
        do {
            let outcome = try await store.askForPractices(limit: Self.batch, at: now())
            backoff.reset()
            if outcome.released > 0 {
                onReleased()
                logger.info(
                    "records given to patients' new practices",
                    metadata: ["herald.records": "\(outcome.released)"]
                )
            }
            return outcome.asked == Self.batch ? .zero : pause
        } catch {
            logger.warning("the directory cannot be asked for patients' practices again", error: error)
            return backoff.next()
        }
    }
}
