import Access
import Foundation
import Logging
import Store
import WebAPI

/// Who may do what at a hub's HTTP side, put together once: what is remembered there serves every request.
struct HubAccess: Sendable {
    let keys: KeyRing<SigningKeys>
    let bearer: BearerMiddleware
    /// What is remembered of registered clients.
    let clients: ClientRegistry
    /// Nil where tokens are issued elsewhere.
    let endpoint: TokenEndpoint?
    let offer: AuthorizationServerRoutes.Offer
    /// What is remembered of other parties' keys.
    let keySets: KeySetCache

    init(
        configuration: HubConfiguration,
        store: PostgresStore,
        keys: KeyRing<SigningKeys>,
        limiter: RateLimiter,
        logger: Logger
    ) {
        self.keys = keys
        let now: @Sendable () -> Date = { Date() }
        let auth = configuration.auth
        let keySets = KeySetCache(
            fetcher: KeyFetcher(policy: configuration.addressPolicy),
            onFailure: { location, error in
                logger.warning(
                    "a key set cannot be fetched; an older one counts for a day, then its tokens are refused",
                    metadata: ["herald.keys.url": "\(location.url)", "herald.keys.error": "\(error)"]
                )
            }
        )
        self.keySets = keySets
        let clients = ClientRegistry(store: store)
        self.clients = clients
        let own = TrustedIssuer.builtIn(name: configuration.publicURL, audience: configuration.audience, keys: keys)
        bearer = BearerMiddleware(
            verifier: TokenVerifier(issuers: [own] + auth.issuers, keySets: keySets, now: now),
            clients: clients,
            revocations: RevocationList(store: store, now: now),
            limiter: limiter,
            workerPolicy: auth.workerPolicy,
            isProduction: !configuration.isDevelopment
        )
        offer = AuthorizationServerRoutes.Offer(
            publicURL: configuration.publicURL,
            assertionAlgorithms: auth.tokenEndpoint?.algorithms ?? [],
            exchanges: !auth.providers.isEmpty,
            bindsCertificates: configuration.tls.map { $0.clientCertificates != .off } ?? false
        )
        endpoint = auth.tokenEndpoint.map { settings in
            TokenEndpoint(
                assertions: AssertionVerifier(
                    audiences: settings.aliases.union([configuration.publicURL + "/oauth2/token"]),
                    algorithms: settings.algorithms,
                    clients: clients,
                    keySets: keySets,
                    replays: store,
                    now: now
                ),
                idTokens: IDTokenVerifier(providers: auth.providers, keySets: keySets, now: now),
                issuer: TokenIssuer(
                    keys: keys,
                    issuer: configuration.publicURL,
                    audience: configuration.audience,
                    now: now
                ),
                now: now
            )
        }
    }
}
