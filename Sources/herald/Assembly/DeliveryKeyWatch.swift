import Access
import Deliveries
import Logging
import Outbound
import ServiceLifecycle
import Store

/// Has a running hub notice that its delivery keys were rotated, and tidies up subscribers' secrets: what is over is erased,
/// what an old key protects gets the new one, and header lines that an earlier version kept in plain are sealed (`delivery.md` §9, §12).
struct DeliveryKeyWatch: Service {
    let keys: KeyRing<DeliveryKeys>
    let secrets: WebhookSecrets
    let headers: HeaderVault
    let store: PostgresStore
    let logger: Logger
    var interval: Duration = .seconds(15)

    func run() async throws {
        var isFailing = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            guard !Task.isShuttingDownGracefully else { return }
            do {
                if try keys.reload() { logger.notice("delivery keys changed") }
                let tidied = try await secrets.tidy()
                if tidied.rewrapped > 0 {
                    logger.notice(
                        "subscribers' secrets are protected with the new key",
                        metadata: ["herald.secrets": "\(tidied.rewrapped)"]
                    )
                }
                let renewed = try await headers.tidy(store)
                if renewed > 0 {
                    logger.notice(
                        "subscribers' header lines are protected with the new key",
                        metadata: ["herald.subscriptions": "\(renewed)"]
                    )
                }
                isFailing = false
            } catch {
                // Said once, not every time; what is in hand stays good.
                if !isFailing { logger.error("delivery keys or secrets cannot be looked after", error: error) }
                isFailing = true
            }
        }
    }
}
