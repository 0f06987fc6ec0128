package import Feeds
import Foundation
import Postgres

extension PostgresStore: FeedControlStore {
    package func carryOut(
        _ command: FeedCommand,
        on id: FeedID,
        by actor: String,
        reason: String?,
        onlyBeforeStart: Bool
    ) async throws {
        do {
            try await pool.withTransaction { connection in
                try await Self.limitWaiting(on: connection)
                let standing = try await Self.standing(of: id, on: connection)
                guard !(onlyBeforeStart && standing.hasStarted) else { throw FeedCommandRefused.started }
                let status = try command.status(after: standing)
                guard status != standing.status else { return }
                try await Self.fence(id, on: connection)
                try await Self.move(id, to: status, command, on: connection)
                try await Self.record(command.event, of: id, by: actor, detail: command.detail(reason), on: connection)
            }
        } catch let error as PostgresError where error.constraint == "feed_name" {
            throw FeedCommandRefused.nameTaken
        } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
            throw FeedCommandRefused.busy
        }
    }

    /// A worker whose process sleeps may hold its batch for ever; an operator need not wait with it.
    private static func limitWaiting(on connection: PostgresConnection) async throws {
        try await connection.query("SET LOCAL lock_timeout = '10s'")
    }

    private static func standing(of id: FeedID, on connection: PostgresConnection) async throws -> FeedStanding {
        let rows = try await connection.query(
            """
            SELECT status, started_at IS NOT NULL AS has_started, halted_row,
                EXISTS (SELECT FROM feed_checkpoint WHERE feed_id = $1) AS is_complete
            FROM feed WHERE id = $1 FOR NO KEY UPDATE
            """,
            [.uuid(id.uuid)]
        )
        guard let row = rows.first else { throw StoredValueError(column: "id") }
        return FeedStanding(
            status: try row.choice("status"),
            hasStarted: try row.decode("has_started", as: Bool.self),
            isComplete: try row.decode("is_complete", as: Bool.self),
            haltedRow: try row.decode("halted_row", as: Int64?.self)
        )
    }

    /// Ends every claim of a feed: waits for the batches in hand, after which none is applied.
    ///
    /// The feed's row is locked before its checkpoints; writers lock a checkpoint and never wait for the feed.
    static func fence(_ id: FeedID, on connection: PostgresConnection) async throws {
        let raised = try await connection.query(
            """
            UPDATE feed SET lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL WHERE id = $1
            RETURNING lease_epoch
            """,
            [.uuid(id.uuid)]
        )
        guard let epoch = try raised.first?.decode("lease_epoch", as: Int64.self) else { return }
        try await connection.query(
            "UPDATE feed_checkpoint SET fence = $2 WHERE feed_id = $1",
            [.uuid(id.uuid), .int8(epoch)]
        )
    }

    private static func move(
        _ id: FeedID,
        to status: FeedStatus,
        _ command: FeedCommand,
        on connection: PostgresConnection
    ) async throws {
        var givenUp: Int64?
        if case .resume(let row) = command { givenUp = row }
        try await connection.query(
            """
            UPDATE feed SET status = $2, reason = $3, halted_row = NULL, total_rows = NULL,
                finished_at = CASE WHEN $4 THEN now() END,
                given_up_rows = CASE WHEN $5::bigint IS NULL THEN given_up_rows ELSE given_up_rows || $5 END
            WHERE id = $1
            """,
            [
                .uuid(id.uuid), .text(status.rawValue), .text(optional: status.notice), .bool(status.isFinal),
                .int8(optional: givenUp),
            ]
        )
    }

    /// Adds an entry to a feed's audit record.
    static func record(
        _ kind: FeedEvent.Kind,
        of id: FeedID,
        by actor: String,
        detail: String?,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            "INSERT INTO feed_event (feed_id, kind, actor, detail) VALUES ($1, $2, $3, $4)",
            [.uuid(id.uuid), .text(kind.rawValue), .text(actor), .text(optional: detail)]
        )
    }

    package func events(of id: FeedID) async throws -> [FeedEvent] {
        try await pool.query(
            "SELECT at, kind, actor, detail FROM feed_event WHERE feed_id = $1 ORDER BY id",
            [.uuid(id.uuid)]
        ).map { row in
            FeedEvent(
                at: try row.decode("at", as: Date.self),
                kind: try row.choice("kind"),
                actor: try row.decode("actor", as: String.self),
                detail: try row.decode("detail", as: String?.self)
            )
        }
    }
}

extension FeedCommand {
    fileprivate var event: FeedEvent.Kind {
        switch self {
        case .pause: .paused
        case .resume: .resumed
        case .cancel: .cancelled
        case .retry: .retried
        }
    }

    fileprivate func detail(_ reason: String?) -> String? {
        guard case .resume(let row?) = self else { return reason }
        return ["row \(row) given up", reason].compactMap(\.self).joined(separator: ": ")
    }
}

extension FeedStatus {
    /// What the feed's reason says after a command.
    fileprivate var notice: String? {
        switch self {
        case .cancelled:
            "The file was cancelled. Rows that were applied before stay applied, the others were not applied."
        default: nil
        }
    }
}
