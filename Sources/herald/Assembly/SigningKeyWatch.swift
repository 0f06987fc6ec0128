import Access
import Logging
import ServiceLifecycle

/// Has a running hub notice within a minute that its signing keys were rotated.
struct SigningKeyWatch: Service {
    /// Together with the half minute that a checked token is remembered it stays below the minute.
    static let interval: Duration = .seconds(15)

    let keys: KeyRing<SigningKeys>
    let logger: Logger
    var interval = Self.interval

    func run() async throws {
        var isFailing = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            do {
                if try keys.reload() { logger.notice("signing keys changed") }
                isFailing = false
            } catch {
                // The keys in hand stay good; said once, not every time.
                if !isFailing {
                    logger.error("signing keys cannot be read again; going on with the old ones", error: error)
                }
                isFailing = true
            }
        }
    }
}
