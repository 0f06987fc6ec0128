import Access
import FHIR
import Hummingbird
import Logging
import Outbound
import Store
import WebAPI

extension Hub {
    /// Subscriptions and topics in both releases of FHIR.
    func addSubscriptions(to router: Hummingbird.Router<HubContext>, behind bearer: BearerMiddleware) {
        let policy = configuration.addressPolicy
        var settings = SubscriptionSettings(publicURL: configuration.publicURL, headers: headers) {
            [store] endpoint, client in
            let registered = if let id = ClientID(client) { try await store.client(id) } else { RegisteredClient?.none }
            do throws(EndpointURLError) {
                try await policy.reopening(for: registered).check(endpoint)
                return nil
            } catch {
                return "channel.endpoint: \(error)."
            }
        }
        settings.limit = configuration.subscriptionLimit
        settings.redactsRestricted = configuration.redactsRestricted
        for release in FHIRRelease.allCases {
            let group = router.group("FHIR/\(release.path)").add(middleware: bearer)
                .add(middleware: AcceptMiddleware(release))
            let routes = SubscriptionRoutes(store: store, settings: settings, release: release)
            routes.add(to: group.group("Subscription"))
            routes.addResend(to: group.group("Subscription"))
            routes.addBackfill(to: group.group("Subscription"))
            do {
                let topics = try TopicRoutes(publicURL: configuration.publicURL, release: release)
                topics.add(to: group)
                if release == .r4b {
                    SearchParameterRoutes(publicURL: configuration.publicURL).add(to: router, topic: topics)
                }
            } catch {
                logger.error("the built-in topic cannot be read", error: error)
            }
        }
    }
}
