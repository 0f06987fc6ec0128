import ArgumentParser
import Deliveries
import Foundation
import Store

/// `herald deliveries breaker`: circuit breakers of the origins that notifications go to.
struct BreakerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breaker",
        abstract: "Show or force the circuit breakers of endpoints' origins.",
        discussion: """
            Subscriptions whose endpoints share scheme, host and port share a breaker. After five failures in a row, or when \
            half of at least twenty attempts in a minute have failed, it opens: nothing is sent there but a probe now and \
            then, and two successes close it again. Opened by hand it stays open, for example while an endpoint is being \
            mended; closed by hand everything is tried. Couriers take notice within seconds.
            """,
        subcommands: [List.self, Open.self, Close.self, Auto.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Breakers that are open, half open or forced, and those that have just closed."
        )
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let breakers = try await database.withStore { try await $0.breakers() }
            if json { return try Console.json(breakers.map(BreakerView.init)) }
            guard !breakers.isEmpty else { return Console.line("All breakers are closed.") }
            Console.table(
                ["ORIGIN", "STATE", "OPENED", "NEXT PROBE", "FORCED", "BY", "REASON"],
                breakers.map { breaker in
                    [
                        breaker.origin, breaker.state.rawValue, "\(breaker.trips) in a row",
                        breaker.probeIn.map { "in \(max(Int($0 / .seconds(1)), 0)) s" } ?? "-",
                        breaker.override?.rawValue ?? "-", breaker.forcedBy ?? "-", breaker.reason ?? "-",
                    ]
                }
            )
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send nothing to an origin until it is closed or left to itself; events wait."
        )
        @OptionGroup var change: BreakerChangeOptions

        func run() async throws {
            try await change.force(.open)
            Console.line("Open: nothing is sent there. Go on with: herald deliveries breaker auto \(change.name)")
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send to an origin whatever attempts come to, each subscription on its own schedule."
        )
        @OptionGroup var change: BreakerChangeOptions

        func run() async throws {
            try await change.force(.closed)
            Console.line("Closed by hand. Leave it to itself with: herald deliveries breaker auto \(change.name)")
        }
    }

    struct Auto: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Leave an origin's breaker to itself again.")
        @OptionGroup var change: BreakerChangeOptions

        func run() async throws {
            try await change.force(nil)
            Console.line("The breaker of \(change.name) follows what attempts come to.")
        }
    }
}

/// Which origin, why, and where the database is.
struct BreakerChangeOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOptions
    @Argument(help: "Scheme, host and port, such as https://hooks.example.nhs.uk.") var origin: String
    @Option(help: "Why, for others to see.") var reason: String?

    /// The origin as it is kept: lower case, without a path, and without the scheme's own port.
    var name: String {
        let rest = origin.lowercased()
        guard let scheme = rest.range(of: "://") else { return rest }
        let host = rest[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let own = rest.hasPrefix("https:") ? ":443" : ":80"
        return String(rest[..<scheme.upperBound] + (host.hasSuffix(own) ? host.dropLast(own.count) : host))
    }

    func force(_ override: OriginBreaker.Override?) async throws {
        let (name, reason) = (name, reason)
        try await database.withStore { store in
            guard try await store.isDeliveredTo(name) else {
                throw CommandFailure(
                    "no subscription is delivered to \(name); it looks like https://host or https://host:8443"
                )
            }
            try await store.force(name, override, by: OperatorName.current, reason: reason)
        }
    }
}

/// A breaker as JSON.
private struct BreakerView: Encodable {
    let origin, state: String
    let trips: Int
    let nextProbeSeconds: Double?
    let forced, forcedBy, reason: String?
    let changed: String

    init(_ breaker: BreakerStanding) {
        origin = breaker.origin
        state = breaker.state.rawValue
        trips = breaker.trips
        nextProbeSeconds = breaker.probeIn.map { max($0 / .seconds(1), 0) }
        forced = breaker.override?.rawValue
        forcedBy = breaker.forcedBy
        reason = breaker.reason
        changed = breaker.changedAt.formatted(.iso8601)
    }
}
