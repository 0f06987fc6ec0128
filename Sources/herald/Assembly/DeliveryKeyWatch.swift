import Access
import Deliveries
import Logging
import Outbound
import ServiceLifecycle

/// Has a running hub notice that its delivery keys were rotated, and tidies up subscribers' secrets: what is over is erased, and
/// what an old key protects gets the new one (`delivery.md` §9, §12).
struct DeliveryKeyWatch: Service {
    let keys: KeyRing<DeliveryKeys>
    let secrets: WebhookSecrets
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
                isFailing = false
            } catch {
                // Said once, not every time; what is in hand stays good.
                if !isFailing { logger.error("delivery keys or secrets cannot be looked after", error: error) }
                isFailing = true
            }
        }
    }
}
