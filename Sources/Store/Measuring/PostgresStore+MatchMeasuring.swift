import Foundation
import Postgres

/// What `herald bench match` needs: subscriptions by the million, made without their lanes.
extension PostgresStore {
    /// Makes a subscription for each patient and one for the practice of each rule.
    package func makeSubscriptions(naming patients: [Int64], rules: Int) async throws {
        for start in stride(from: 0, to: patients.count, by: 50_000) {
            var subscriptions = CopyBuffer()
            var named = CopyBuffer()
            for patient in patients[start..<min(start + 50_000, patients.count)] {
                let id = UUID()
                Self.append(id, #"{"patients":["\#(patient)"]}"#, generation: 0, to: &subscriptions)
                named.beginRow(columns: 2)
                named.append(int8: patient)
                named.append(uuid: id)
            }
            try await copy(subscriptions, named)
        }
        var subscriptions = CopyBuffer()
        for rule in 0..<rules {
            // Half of them ask for more than the clause they are filed under.
            let rest = rule.isMultiple(of: 2) ? "" : #","vaccineTypes":["FLU","COVID"]"#
            Self.append(UUID(), #"{"registeredPractices":["P\#(rule)"]\#(rest)}"#, generation: 1, to: &subscriptions)
        }
        try await copy(subscriptions, nil)
        for table in ["subscription", "subscription_patient"] { try await pool.query("ANALYZE \(table)") }
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
            try await connection.query(Self.explicitQuery, [.int8s(patients)])
        }
    }

    private static func append(_ id: UUID, _ filter: String, generation: Int64, to buffer: inout CopyBuffer) {
        buffer.beginRow(columns: 9)
        buffer.append(uuid: id)
        for text in ["subscriber", "rest-hook", "active", "bench", "bench"] { buffer.append(text: text) }
        buffer.append(jsonb: filter)
        buffer.append(text: "https://subscriber.example.nhs.uk/notify")
        buffer.append(int8: generation)
    }

    private func copy(_ subscriptions: CopyBuffer, _ named: CopyBuffer?) async throws {
        try await pool.withTransaction { connection in
            try await connection.copy(
                into: "subscription",
                columns: [
                    "id", "audience", "channel", "status", "reason", "client", "filter", "endpoint", "generation",
                ],
                subscriptions
            )
            guard let named else { return }
            try await connection.copy(into: "subscription_patient", columns: ["nhs_number", "subscription_id"], named)
        }
    }
}
