import Synchronization

/// Fetched key sets, kept as A-21 says; one for a whole hub.
package final class KeySetCache: Sendable {
    private static let capacity = 10_000

    private let fetcher: any KeyDocumentFetcher
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Called with what a person should know: the address and why its keys could not be fetched.
    private let onFailure: @Sendable (KeyLocation, KeyFetchError) -> Void
    private let entries = Mutex<[KeyLocation: KeySetEntry]>([:])

    package init(
        fetcher: any KeyDocumentFetcher,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        onFailure: @escaping @Sendable (KeyLocation, KeyFetchError) -> Void = { _, _ in }
    ) {
        self.fetcher = fetcher
        self.now = now
        self.onFailure = onFailure
    }

    /// The key of this name, or nil where the set has none for the algorithm.
    ///
    /// - Throws: ``KeyFetchError`` where there is no set that could be asked.
    package func key(
        _ kid: String,
        for algorithm: SignatureAlgorithm,
        from source: KeySource
    ) async throws(KeyFetchError) -> VerificationKey? {
        switch source {
        case .own(let ring): ring.current.key(kid, for: algorithm)
        case .fixed(let set): set.key(kid, for: algorithm)
        case .fetched(let location): try await entry(location).keySet(knowing: kid).key(kid, for: algorithm)
        }
    }

    /// The addresses that did not give their set when they were asked last.
    package func failing() async -> [String] {
        var failing: [String] = []
        for (location, entry) in entries.withLock({ $0 }) {
            let hasFailed = await entry.hasFailed
            if hasFailed { failing.append(location.url) }
        }
        return failing
    }

    private func entry(_ location: KeyLocation) -> KeySetEntry {
        entries.withLock { entries in
            if let entry = entries[location] { return entry }
            if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            let entry = KeySetEntry(location: location, fetcher: fetcher, now: now, onFailure: onFailure)
            entries[location] = entry
            return entry
        }
    }
}

/// The key set of one address: fetched by one request at a time, while the others wait for it.
private actor KeySetEntry {
    private let location: KeyLocation
    private let fetcher: any KeyDocumentFetcher
    private let now: @Sendable () -> ContinuousClock.Instant
    private let onFailure: @Sendable (KeyLocation, KeyFetchError) -> Void
    private var age = KeySetAge()
    private var set: PublicKeySet?
    private var failure = KeyFetchError.unreachable
    private var isFetching = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(
        location: KeyLocation,
        fetcher: any KeyDocumentFetcher,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        onFailure: @escaping @Sendable (KeyLocation, KeyFetchError) -> Void
    ) {
        self.location = location
        self.fetcher = fetcher
        self.now = now
        self.onFailure = onFailure
    }

    func keySet(knowing kid: String) async throws(KeyFetchError) -> PublicKeySet {
        while age.mustFetch(knows: set?.contains(kid) ?? false, at: now()) {
            // A wait is bounded by the fetcher's own time-out.
            if isFetching {
                await withCheckedContinuation { waiting.append($0) }
            } else {
                await fetch()
            }
        }
        guard let set, age.isUsable(at: now()) else { throw failure }
        return set
    }

    /// Whether the set could not be had when it was asked for last.
    var hasFailed: Bool { age.hasFailed }

    private func fetch() async {
        isFetching = true
        do throws(KeyFetchError) {
            let document = try await document()
            guard let fetched = try? PublicKeySet(json: document.bytes) else { throw .content }
            set = fetched
            age.succeeded(at: now(), maxAge: document.maxAge)
        } catch {
            failure = error
            age.failed(at: now())
            onFailure(location, error)
        }
        isFetching = false
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    private func document() async throws(KeyFetchError) -> KeyDocument {
        var url = location.url
        if case .metadata(let issuer) = location.form {
            let metadata = try await fetcher.fetch(url, isClientSupplied: location.isClientSupplied)
            guard let claims = try? ClaimParser.parse(metadata.bytes), claims.textValue("issuer") == issuer,
                let address = claims.textValue("jwks_uri")
            else { throw .content }
            url = address
        }
        return try await fetcher.fetch(url, isClientSupplied: location.isClientSupplied)
    }
}

/// When a key set has to be fetched, and how long it counts: decides only, so that every case is a two-line test.
struct KeySetAge: Sendable {
    static let defaultLife: Duration = .seconds(3600)
    static let shortestLife: Duration = .seconds(300)
    static let longestLife: Duration = .seconds(24 * 3600)
    /// How often an unknown `kid`, or a failure with keys in hand, makes a fetch at most.
    static let pause: Duration = .seconds(60)
    /// How long a failure stands where there are no keys at all: a server that hangs must not hold up every request.
    static let pauseWithoutKeys: Duration = .seconds(5)

    private var fetchedAt: ContinuousClock.Instant?
    private var freshUntil: ContinuousClock.Instant?
    private var triedAt: ContinuousClock.Instant?

    /// Whether to ask for the set; `knows` says whether the key that is wanted is in it.
    func mustFetch(knows: Bool, at now: ContinuousClock.Instant) -> Bool {
        guard let triedAt else { return true }
        guard isUsable(at: now), let freshUntil else { return now - triedAt >= Self.pauseWithoutKeys }
        if knows, now < freshUntil { return false }
        return now - triedAt >= Self.pause
    }

    /// Whether the last try failed.
    var hasFailed: Bool { triedAt != fetchedAt }

    /// Whether the set may be used, fresh or stale.
    func isUsable(at now: ContinuousClock.Instant) -> Bool {
        fetchedAt.map { now - $0 < Self.longestLife } ?? false
    }

    mutating func succeeded(at now: ContinuousClock.Instant, maxAge: Int?) {
        let life = maxAge.map { Duration.seconds($0) } ?? Self.defaultLife
        triedAt = now
        fetchedAt = now
        freshUntil = now + min(max(life, Self.shortestLife), Self.longestLife)
    }

    mutating func failed(at now: ContinuousClock.Instant) { triedAt = now }
}
