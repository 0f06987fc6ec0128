import Events
import Foundation
import Operations
import Store

/// What `herald doctor` says about the event log, as the database knows it.
struct EventLogDoctor {
    let store: PostgresStore

    /// Looks at everything.
    ///
    /// - Parameter topic: The topic that the settings name; nil for the embedded log.
    /// - Returns: One finding a question.
    /// - Throws: Errors of the database.
    func findings(configured topic: String?) async throws -> [DoctorCommand.Finding] {
        [
            try await log(topic), try await delay(), try await gaps(), try await setAside(), try await unanswered(),
        ]
    }

    private func log(_ topic: String?) async throws -> DoctorCommand.Finding {
        do {
            try await store.check(topic: topic)
            let log = try await store.establishedLog()?.description ?? "none yet: recorded at the first start"
            return finding("recorded log", true, log)
        } catch let error as EventLogMismatch {
            return finding("recorded log", false, error.description)
        }
    }

    private func delay() async throws -> DoctorCommand.Finding {
        let waited = try await store.oldestWaiting() ?? .zero
        let seconds = waited.components.seconds
        return finding(
            "publishing",
            waited <= HealthChecks.outboxPatience,
            waited <= HealthChecks.outboxPatience
                ? "no event waits longer than a minute"
                : "the oldest event has waited for \(seconds) s: is a process with the roles relay and router running, and does Kafka answer?"
        )
    }

    private func gaps() async throws -> DoctorCommand.Finding {
        let gaps = try await store.logGaps()
        return finding(
            "log gaps",
            gaps.isEmpty,
            gaps.isEmpty ? "none" : gaps.map(\.description).joined(separator: "; ") + ": run herald replay --gaps"
        )
    }

    private func setAside() async throws -> DoctorCommand.Finding {
        let dead = try await store.deadCounts()
        let isFine = dead.messages + dead.changes == 0
        return finding(
            "set aside",
            isFine,
            isFine
                ? "nothing"
                : "\(dead.messages) messages that could not be read, \(dead.changes) changes that brokers refuse: herald events dead"
        )
    }

    private func unanswered() async throws -> DoctorCommand.Finding {
        let open = try await store.directoryQuestions().filter { $0.settledAt == nil }
        let since = open.map(\.since).min()?.formatted(.iso8601) ?? ""
        return finding(
            "unanswered",
            open.isEmpty,
            open.isEmpty
                ? "the patient directory has answered for everybody"
                : "events of \(open.count) patients wait for the patient directory, since \(since): herald patients unanswered"
        )
    }

    private func finding(_ check: String, _ isFine: Bool, _ detail: String) -> DoctorCommand.Finding {
        DoctorCommand.Finding(check: check, isFine: isFine, detail: detail)
    }
}
