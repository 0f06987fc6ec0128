import Access
import Foundation
import Postgres
import Vaccination

/// Who works on the database with which command: what audit records of its changes name.
package struct OperatorCommand: Hashable, Sendable {
    /// Who says to be at it.
    package let actor: String
    /// The command, without its arguments.
    package let name: String

    package init(_ name: String, by actor: String) {
        self.name = name
        self.actor = actor
    }
}

extension PostgresStore {
    /// Takes down what a command changes, in the change's own transaction.
    ///
    /// What a route changes has the request's record instead, and a store that no command works with writes none.
    ///
    /// - Parameters:
    ///   - change: What changed, in words without patients.
    ///   - resource: The thing that changed, for searches of the trail.
    ///   - patient: Whom it is about.
    ///   - connection: The change's transaction.
    /// - Throws: What the database throws.
    func record(
        _ change: @autoclosure () -> String,
        of resource: AuditedResource? = nil,
        about patient: NHSNumber? = nil,
        on connection: PostgresConnection
    ) async throws {
        guard let command else { return }
        var record = AuditRecord.change(change(), by: command.actor, with: command.name)
        record.resources = resource.map { [$0] } ?? []
        record.patient = patient.flatMap { PatientNumber($0.digits) }
        try await Self.audit([record], on: connection)
    }

    /// The same for changes that are told by whom they are made.
    static func audit(
        _ change: String,
        by actor: String,
        with command: String,
        on connection: PostgresConnection
    ) async throws {
        try await audit([AuditRecord.change(change, by: actor, with: command)], on: connection)
    }
}
