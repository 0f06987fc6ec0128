import Foundation
import Postgres

/// What `herald bench match` needs: subscriptions by the million, made without their lanes.
extension PostgresStore {
    /// Makes a subscription for each patient, one for each of so many practices, and one for each performer.
    package func makeSubscriptions(naming patients: [Int64], practices: Int, performers: [String]) async throws {
        for start in stride(from: 0, to: patients.count, by: 50_000) {
            var subscriptions = CopyBuffer()
            for patient in patients[start..<min(start + 50_000, patients.count)] {
                Self.append(#"{"patients":["\#(patient)"]}"#, generation: 0, to: &subscriptions)
            }
            try await copy(subscriptions)
        }
        // Half of them ask for more than the clause they are filed under.
        func rest(_ rule: Int) -> String { rule.isMultiple(of: 2) ? "" : #","vaccineTypes":["FLU","COVID"]"# }
        var subscriptions = CopyBuffer()
        for rule in 0..<practices {
            Self.append(#"{"registeredPractices":["P\#(rule)"]\#(rest(rule))}"#, generation: 1, to: &subscriptions)
        }
        for (rule, performer) in performers.enumerated() {
            Self.append(#"{"performers":["\#(performer)"]\#(rest(rule))}"#, generation: 1, to: &subscriptions)
        }
        try await copy(subscriptions)
        for table in ["subscription", "subscription_patient"] { try await pool.query("VACUUM ANALYZE \(table)") }
    }

    /// Registers patients with the practices of the rules, in turn.
    package func register(_ patients: [Int64], rules: Int) async throws {
        for start in stride(from: 0, to: patients.count, by: 50_000) {
            var buffer = CopyBuffer()
            for place in start..<min(start + 50_000, patients.count) {
                buffer.beginRow(columns: 2)
                buffer.append(int8: patients[place])
                buffer.append(text: "P\(place % rules)")
            }
            try await pool.withTransaction { connection in
                try await connection.copy(into: "patient", columns: ["nhs_number", "practice"], buffer)
            }
        }
        try await pool.query("VACUUM ANALYZE patient")
    }

    /// Looks up who names these patients as a router does, and does nothing with the answer.
    package func lookUpSubscriptions(naming patients: [Int64]) async throws {
        try await pool.withTransaction(readOnly: true) { connection in
            try await connection.execute(script: Self.lookUpsOnly)
            try await connection.query(Self.namedQuery, [.int8s(patients)])
        }
    }

    /// Finds patients in the directory's table and counts them: what two tables' keys cost PostgreSQL is twice this at least.
    package func countPatients(_ patients: [Int64]) async throws {
        try await pool.withTransaction(readOnly: true) { connection in
            try await connection.execute(script: Self.lookUpsOnly)
            try await connection.query(
                "SELECT count(practice) FROM patient WHERE nhs_number = ANY($1)",
                [.int8s(patients)]
            )
        }
    }

    private static func append(_ filter: String, generation: Int64, to buffer: inout CopyBuffer) {
        buffer.beginRow(columns: 9)
        buffer.append(uuid: UUID())
        for text in ["subscriber", "rest-hook", "active", "bench", "bench"] { buffer.append(text: text) }
        buffer.append(jsonb: filter)
        buffer.append(text: "https://subscriber.example.nhs.uk/notify")
        buffer.append(int8: generation)
    }

    private func copy(_ subscriptions: CopyBuffer) async throws {
        try await pool.withTransaction { connection in
            try await connection.copy(
                into: "subscription",
                columns: [
                    "id", "audience", "channel", "status", "reason", "client", "filter", "endpoint", "generation",
                ],
                subscriptions
            )
        }
    }
}
