import EventStream
import Kafka
import Logging
import Operations
import Store

/// Looks at what a hub depends on, for `/_status` and `herald doctor` alike.
struct HealthChecks: Sendable {
    /// How long an event may wait to be published or routed before it is late.
    static let outboxPatience: Duration = .seconds(60)

    let store: PostgresStore
    let kafka: KafkaConfiguration?
    let topic: EventTopic
    let build: BuildIdentity
    let publicURL: String
    /// The key sets of others that could not be had when they were asked for last.
    var staleKeySets: @Sendable () async -> [String] = { [] }
    /// For each check.
    var patience: Duration = .seconds(5)

    /// All checks, side by side.
    func report() async -> HealthReport {
        await withTaskGroup(of: (String, HealthReport.Check).self) { group in
            for (name, check) in checks {
                group.addTask { (name, await run(check)) }
            }
            var found: [String: HealthReport.Check] = [:]
            for await (name, check) in group { found[name] = check }
            return HealthReport(build: build, checks: found)
        }
    }

    /// What the check found: a text, and whether it is fine.
    private typealias Check = @Sendable () async -> (isFine: Bool, outcome: String)

    private var checks: [(name: String, check: Check)] {
        var checks: [(name: String, check: Check)] = [
            (HealthReport.database, database), ("outbox", outbox), ("jwks", keySets),
        ]
        if let kafka { checks.append(("kafka", { await brokers(kafka) })) }
        return checks
    }

    @Sendable private func database() async -> (isFine: Bool, outcome: String) {
        do {
            try await store.ping()
            return (true, "answers")
        } catch {
            return (false, "does not answer")
        }
    }

    @Sendable private func outbox() async -> (isFine: Bool, outcome: String) {
        guard let oldest = try? await store.oldestWaiting() ?? .zero else { return (false, "cannot be read") }
        return oldest <= Self.outboxPatience
            ? (true, "no event waits longer than a minute")
            : (false, "the oldest event has waited for \(oldest.components.seconds) s")
    }

    @Sendable private func keySets() async -> (isFine: Bool, outcome: String) {
        let stale = await staleKeySets()
        return stale.isEmpty ? (true, "fresh") : (false, "stale: \(stale.sorted().joined(separator: ", "))")
    }

    private func brokers(_ kafka: KafkaConfiguration) async -> (isFine: Bool, outcome: String) {
        var logger = Logger(label: "herald")
        logger.logLevel = .critical
        do {
            let admin = try KafkaAdmin(configuration: kafka, logger: logger)
            let isThere = try await admin.topicDescription(topic.name) != nil
            return (isThere, isThere ? "answers" : "has no topic \(topic.name)")
        } catch {
            return (false, "does not answer")
        }
    }

    private func run(_ check: @escaping Check) async -> HealthReport.Check {
        let link = publicURL + "/_status"
        // A check that does not come back must not hold the answer.
        return await withTaskGroup(of: HealthReport.Check?.self) { group in
            group.addTask {
                let found = await check()
                return HealthReport.Check(isFine: found.isFine, outcome: found.outcome, link: link)
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap(\.self)
                ?? HealthReport.Check(isFine: false, isTimeout: true, outcome: "no answer in time", link: link)
        }
    }
}
