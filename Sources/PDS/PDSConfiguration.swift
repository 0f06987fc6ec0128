/// How the Personal Demographics Service is asked.
package struct PDSConfiguration: Sendable {
    /// What says who is asking; read anew for every request, so that it may be replaced while the hub runs.
    package enum Token: Sendable {
        case none
        case fixed(String)
        case file(path: String)
        /// Asked for with the hub's own credentials.
        case own(PDSCredentials)
    }

    /// The FHIR base, without a slash at its end; `/Patient/{number}` follows.
    package var baseURL: String
    package var token = Token.none
    /// How long an answer counts: a patient may be told to a practice that they left so long ago.
    package var timeToLive: Duration = .seconds(3600)
    /// How long it counts that a patient is not known.
    package var negativeTimeToLive: Duration = .seconds(300)
    /// Answers kept at most; at least a slice's.
    package var capacity = 100_000
    /// Requests a second at most.
    package var rate = 25
    /// Requests at the same time at most.
    package var maximumInFlight = 8
    /// The longest wait for one answer.
    package var timeout: Duration = .seconds(5)
    /// The longest time one call may take; whoever asked tries again then, and finds what was answered in the cache.
    package var patience: Duration = .seconds(7)

    package init(baseURL: String) { self.baseURL = baseURL }
}

/// Why the service cannot be used now.
package struct PDSUnavailable: Error, Hashable, CustomStringConvertible {
    /// For operators; names no patient.
    package let description: String

    init(_ description: String) { self.description = description }
}
