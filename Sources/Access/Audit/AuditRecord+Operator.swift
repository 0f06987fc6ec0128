package import Foundation

extension AuditRecord {
    /// What an operator changed with a command.
    ///
    /// - Parameters:
    ///   - change: What changed, in words without patients.
    ///   - actor: Who says to have done it.
    ///   - command: The command.
    ///   - now: The clock.
    /// - Returns: The record, for the change's own transaction.
    package static func change(_ change: String, by actor: String, with command: String, now: Date = Date()) -> Self {
        var record = AuditRecord(recorded: now)
        record.interaction = .update
        record.client = actor
        record.endpoint = command
        record.change = change
        return record
    }

    /// What an operator read of the trail itself with a command.
    package static func reading(by actor: String, with command: String, now: Date = Date()) -> Self {
        var record = AuditRecord(recorded: now)
        record.interaction = .search
        record.client = actor
        record.endpoint = command
        return record
    }
}
