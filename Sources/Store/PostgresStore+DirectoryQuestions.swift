import Events
import Foundation
package import Operations
import Postgres
package import Vaccination

extension PostgresStore {
    /// What the outside directory says of patients, and of those it gives no answer for what an operator has said instead.
    ///
    /// - Parameter patients: The patients of a slice.
    /// - Returns: What counts; nil where the directory is our own.
    /// - Throws: ``DirectoryIncomplete`` while somebody's answer is still missing.
    func outsideDetails(of patients: Set<NHSNumber>) async throws -> [NHSNumber: PatientDetails]? {
        guard let directory else { return nil }
        do {
            let details = try await directory.details(of: patients)
            try await keep(details)
            try await pool.query(Self.forget, [.int8s(patients.map(\.stored))])
            return details
        } catch let error as DirectoryIncomplete {
            // Only its own words, never an operator's, say how far a patient's records may be shown.
            try await keep(error.known)
            let settled = try await note(error, among: patients)
            guard error.missing.isSubset(of: settled.keys) else { throw error }
            return error.known.merging(settled) { known, _ in known }
        }
    }

    /// The directory's own answer counts again once there is one, so an operator's goes with the question.
    private static let forget = "DELETE FROM directory_question WHERE nhs_number = ANY($1)"

    /// Keeps for whom there is no answer.
    ///
    /// - Returns: What operators have said of those.
    private func note(
        _ error: DirectoryIncomplete,
        among patients: Set<NHSNumber>
    ) async throws -> [NHSNumber: PatientDetails] {
        try await pool.withTransaction { connection in
            try await connection.query(Self.forget, [.int8s(patients.subtracting(error.missing).map(\.stored))])
            // In one order, or two routers could wait for each other.
            try await connection.query(
                """
                INSERT INTO directory_question AS q (nhs_number, reason) SELECT n, $2 FROM unnest($1::bigint[]) n ORDER BY n
                ON CONFLICT (nhs_number) DO UPDATE SET tried_at = now(), tries = q.tries + 1, reason = excluded.reason
                """,
                [.int8s(error.failed.map(\.stored)), .text(error.description)]
            )
            let rows = try await connection.query(
                """
                SELECT nhs_number, practice, restricted FROM directory_question
                WHERE nhs_number = ANY($1) AND settled_at IS NOT NULL
                """,
                [.int8s(error.missing.map(\.stored))]
            )
            var settled: [NHSNumber: PatientDetails] = [:]
            for row in rows {
                settled[try row.nhsNumber(0)] = PatientDetails(
                    practice: try row.decode("practice", as: String?.self),
                    isRestricted: try row.decode("restricted", as: Bool.self)
                )
            }
            return settled
        }
    }

    /// Patients whose events wait for the directory, the longest wait first.
    package func directoryQuestions(limit: Int = 100) async throws -> [DirectoryQuestion] {
        try await pool.query(
            """
            SELECT nhs_number, since, tried_at, tries, reason, settled_at, settled_by FROM directory_question
            ORDER BY settled_at IS NOT NULL, since LIMIT $1
            """,
            [.int8(Int64(limit))]
        ).map { row in
            DirectoryQuestion(
                nhsNumber: try row.nhsNumber(0).digits,
                since: try row.decode("since", as: Date.self),
                triedAt: try row.decode("tried_at", as: Date.self),
                tries: try row.decode("tries", as: Int.self),
                reason: try row.decode("reason", as: String.self),
                settledAt: try row.decode("settled_at", as: Date?.self),
                settledBy: try row.decode("settled_by", as: String?.self)
            )
        }
    }

    /// Says in the directory's place what counts of a patient, until it answers by itself.
    ///
    /// - Parameters:
    ///   - patient: The patient.
    ///   - practice: ODS code of the registered practice; nil for somebody registered nowhere.
    ///   - isRestricted: Whether nobody is to be told.
    ///   - actor: Who says so.
    /// - Returns: Whether there was a question to answer.
    /// - Throws: Errors of the database.
    package func settle(
        _ patient: NHSNumber,
        practice: String?,
        isRestricted: Bool,
        by actor: String
    ) async throws -> Bool {
        try await pool.withTransaction { connection in
            let settled = try await connection.query(
                """
                UPDATE directory_question SET settled_at = now(), settled_by = $2, practice = $3, restricted = $4
                WHERE nhs_number = $1
                """,
                [.int8(patient.stored), .text(actor), .text(optional: practice), .bool(isRestricted)]
            )
            guard settled.affectedRows == 1 else { return false }
            let answer =
                isRestricted ? "nobody is told" : practice.map { "registered at \($0)" } ?? "registered nowhere"
            try await record("the patient directory's question answered: \(answer)", about: patient, on: connection)
            return true
        }
    }
}
