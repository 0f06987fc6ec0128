import Events
import Foundation
import Postgres
import Store
import Subscriptions
package import Testing
import Vaccination

extension FaultWorld {
    /// Makes the subscriptions that the ledger is kept for: everything, by vaccine type, by patient, and two practices.
    ///
    /// The national feed is there already, by configuration.
    package func subscribe() async throws {
        try await store.load(
            practices: ["H99001", "H99002"].map {
                Practice(odsCode: $0, name: "Practice \($0)", endpoint: "\(endpoint)/gp/\($0)")
            }
        )
        try await store.load(
            patients: (0..<FeedLoad.patients).map {
                PatientRegistration(nhsNumber: .sample($0), practice: ["H99001", "H99002", "H99003"][$0 % 3])
            }
        )
        try await store.create(.sample(.subscriber, endpoint: endpoint + "/all", maxCount: 20))
        try await store.create(
            .sample(
                .subscriber,
                filter: SubscriptionFilter(vaccineTypes: ["FLU"]),
                endpoint: endpoint + "/flu",
                maxCount: 5
            )
        )
        try await store.create(
            .sample(
                .subscriber,
                filter: SubscriptionFilter(patients: Set((0..<10).map { .sample($0) })),
                endpoint: endpoint + "/patients"
            )
        )
    }

    /// Waits until all that was fed is applied, routed and delivered.
    ///
    /// - Returns: How long it took.
    @discardableResult
    package func waitUntilQuiet(
        within limit: Duration = .seconds(180),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Duration {
        let start = ContinuousClock.now
        var open = ""
        try await eventually(within: limit, "quiet (\(open))\n\(complaints())", sourceLocation: sourceLocation) {
            open = try await backlog()
            if open.isEmpty { return true }
            try await Task.sleep(for: .milliseconds(100))
            return false
        }
        return .now - start
    }

    /// The same for as long as anything moves: how fast it does is the machine's affair.
    ///
    /// A lane that waits for its next attempt, minutes after some failures, does not stand still but keeps to its schedule.
    ///
    /// - Parameters:
    ///   - limit: How long nothing may move.
    ///   - sourceLocation: Where to record that something stood still.
    /// - Returns: How long it took.
    /// - Throws: ``NotInTime`` where something stood still, and what the database throws.
    @discardableResult
    package func waitWhileMoving(
        standstill limit: Duration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Duration {
        let start = ContinuousClock.now
        var (open, lastMove) = ("", start)
        while true {
            let now = try await backlog()
            if now.isEmpty { return .now - start }
            let isOnSchedule = try await isWaitingForAnAttempt()
            if now != open || isOnSchedule { lastMove = .now }
            open = now
            guard lastMove.duration(to: .now) < limit else {
                Issue.record("\(open) stood still for \(limit)\n\(complaints())", sourceLocation: sourceLocation)
                throw NotInTime()
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func isWaitingForAnAttempt() async throws -> Bool {
        try await pool.count(
            """
            SELECT count(*) FROM lane l JOIN subscription_head h USING (subscription_id)
            WHERE h.last_number > l.delivered_through AND l.next_attempt_at > now() AND l.next_attempt_at < 'infinity'
            """
        ) > 0
    }

    /// What is still open, in words; empty when all is quiet.
    package func backlog() async throws -> String {
        let parts = try await [
            ("feeds", pool.count("SELECT count(*) FROM feed WHERE status IN ('Queued', 'Processing')")),
            ("halted feeds", pool.count("SELECT count(*) FROM feed WHERE status = 'Halted'")),
            ("outbox rows", pool.count("SELECT count(*) FROM outbox")),
            (
                "events to route",
                pool.count("SELECT (SELECT count(*) FROM immunization_version) - (SELECT count(*) FROM event)")
            ),
            (
                "notifications",
                pool.count(
                    """
                    SELECT sum(h.last_number - l.delivered_through)::bigint FROM subscription_head h JOIN lane l USING (subscription_id)
                    """
                )
            ),
        ]
        return parts.filter { $0.1 != 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    }

    /// The last errors that the processes have logged, a few lines each.
    private func complaints() -> String {
        hubs.map(\.process).flatMap { process in
            let log = (try? String(contentsOfFile: process.log, encoding: .utf8)) ?? ""
            let errors = log.split(separator: "\n").filter { $0.contains(#""level":"error""#) || $0.contains("halted") }
            return errors.suffix(3).map { "\(process.name): \($0.prefix(600))" }
        }.joined(separator: "\n")
    }

    /// The ledger: rows accepted = versions = numbered events per matching subscription = what the endpoint got.
    ///
    /// No gap, no double, in order per record. Call it when all is quiet.
    package func check(
        _ load: FeedLoad,
        sent feeds: [FeedLoad.Feed],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await checkFeeds(feeds, sourceLocation)
        try await checkRecords(load, sourceLocation)
        try await IntakeAudit.check(pool, isRouted: true, sourceLocation: sourceLocation)
        try await RoutingAudit(pool).check(sourceLocation: sourceLocation)
        try await checkMatches(sourceLocation)
        try await checkEndpoint(sourceLocation)
    }

    /// A site that got no answer sends its file again: then a refusal as a duplicate may stand beside the file.
    private func checkFeeds(_ feeds: [FeedLoad.Feed], _ location: SourceLocation) async throws {
        let rows = try await pool.query(
            """
            SELECT name, status, coalesce(sum(created + updated + reinstated + deleted), 0)::bigint AS accepted,
                coalesce(sum(rejected), 0)::bigint AS rejected
            FROM feed LEFT JOIN feed_checkpoint ON feed_id = id
            WHERE status NOT IN ('Failed', 'Receiving', 'Not processed - Duplicate')
            GROUP BY id
            """
        )
        var found: [String: String] = [:]
        for row in rows {
            let name = try row.decode("name", as: String.self)
            #expect(found[name] == nil, "\(name) is on file twice", sourceLocation: location)
            found[name] = try
                "\(row.decode("status", as: String.self)) \(row.decode("accepted", as: Int.self)) \(row.decode("rejected", as: Int.self))"
        }
        let expected = Dictionary(
            uniqueKeysWithValues: feeds.map { ($0.name, "Processed \($0.accepted) \($0.rejected)") }
        )
        let wrong = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.sorted()
        #expect(
            wrong.isEmpty,
            "\(wrong.prefix(3).map { "\($0): \(found[$0] ?? "not there"), not \(expected[$0] ?? "there")" })",
            sourceLocation: location
        )
    }

    private func checkRecords(_ load: FeedLoad, _ location: SourceLocation) async throws {
        var found: [String: FeedLoad.Record] = [:]
        for row in try await pool.query("SELECT unique_id, change, deleted FROM immunization") {
            found[try row.decode("unique_id", as: String.self)] = FeedLoad.Record(
                changes: try row.decode("change", as: Int.self),
                isDeleted: try row.decode("deleted", as: Bool.self)
            )
        }
        let wrong = Set(found.keys).union(load.records.keys).filter { found[$0] != load.records[$0] }.sorted()
        #expect(wrong.isEmpty, "records that are not as fed: \(wrong.prefix(5))", sourceLocation: location)
    }

    /// Each subscription has a number for each event that it must have one for.
    private func checkMatches(_ location: SourceLocation) async throws {
        for (path, condition) in [("/all", "true"), ("/flu", "v.vaccine_type = 'FLU'")] {
            let missing = try await pool.count(
                """
                SELECT count(*) FROM immunization_version v, subscription s
                WHERE s.endpoint = $1 AND \(condition) AND NOT EXISTS (
                    SELECT FROM subscription_event e
                    WHERE e.subscription_id = s.id AND e.record_id = v.immunization_id AND e.change = v.change)
                """,
                [.text(endpoint + path)]
            )
            #expect(missing == 0, "\(path) lacks events", sourceLocation: location)
        }
    }

    /// What the endpoint got, each number counted once: 1, 2, 3 … up to the head, in that order.
    private func checkEndpoint(_ location: SourceLocation) async throws {
        let received = try SinkLedger(log: sink.log)
        for progress in try await store.allProgress() where progress.subscription.channel == .restHook {
            let id = progress.subscription.id.description
            let ledger = received.subscriptions[id] ?? SinkLedger.Subscription()
            #expect(
                ledger.isInOrder && ledger.through == progress.lastNumber,
                "\(progress.subscription.endpoint) got numbers up to \(ledger.through) of \(progress.lastNumber): \(ledger.gap)",
                sourceLocation: location
            )
        }
    }
}

/// What `herald sink --json` wrote down, also over several starts.
struct SinkLedger {
    struct Subscription {
        /// Up to here every number came, and none before those below it.
        var through: Int64 = 0
        var isInOrder = true
        var gap = "in order"
    }

    private struct Line: Decodable {
        let subscription: String
        let numbers: [Int64]
    }

    private(set) var subscriptions: [String: Subscription] = [:]

    init(log: String) throws {
        let decoder = JSONDecoder()
        for text in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") where text.hasPrefix("{") {
            guard let line = try? decoder.decode(Line.self, from: Data(text.utf8)) else { continue }
            for number in line.numbers { take(number, of: line.subscription) }
        }
    }

    private mutating func take(_ number: Int64, of id: String) {
        var subscription = subscriptions[id] ?? Subscription()
        if number == subscription.through + 1 {
            subscription.through = number
        } else if number > subscription.through, subscription.isInOrder {
            subscription.isInOrder = false
            subscription.gap = "\(number) came after \(subscription.through)"
        }
        subscriptions[id] = subscription
    }
}
