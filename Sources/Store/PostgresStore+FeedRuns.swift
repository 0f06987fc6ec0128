package import Deliveries
import Events
package import Foundation
import Messages
import Postgres
import Subscriptions
import Vaccination

/// Runs of feeds: their numbers, ranges, files and what becomes of them.
extension PostgresStore: FeedRunStore {
    package func freezeRun(
        _ claim: LaneClaim,
        at time: Date,
        _ feed: FeedSettings,
        noted: Int64
    ) async throws -> FrozenRun? {
        try await pool.withTransaction { connection in
            let lane = try await Self.lock(claim, on: connection)
            let state = try await Self.feedState(of: claim, on: connection)
            let last = try await Self.lastRun(of: claim, on: connection)
            if let last, !last.isWritten { return last.run }
            let number = max(last?.run.sequence ?? 0, state.lastNumber)
            guard noted <= number else {
                try await Self.stop(
                    claim.subscription,
                    .restored,
                    "run \(noted) was sent, but the last one on file is \(number): herald nis full skips ahead",
                    noted: noted,
                    on: connection
                )
                return nil
            }
            guard state.wantsFull || state.isDue else { return nil }
            // Numbers up to a locked head are all committed: nothing can appear later inside the range (N-23).
            let head = try await Self.head(of: claim, locked: true, on: connection)
            guard state.wantsFull || head > lane.deliveredThrough || feed.writesEmptyRuns else {
                try await Self.schedule(claim, .untilNext(feed.interval), on: connection)
                return nil
            }
            let run = FrozenRun(
                kind: state.wantsFull ? .full : .delta,
                sequence: number + 1,
                from: state.wantsFull ? 0 : lane.deliveredThrough + 1,
                to: head,
                startedAt: time
            )
            try await Self.insert(run, of: claim.subscription, on: connection)
            return run
        }
    }

    private static func insert(
        _ run: FrozenRun,
        of subscription: Subscription,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO feed_run (subscription_id, sequence, from_event, to_event, started_at, kind, mailbox)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .uuid(subscription.id.uuid), .int8(run.sequence), .int8(run.from), .int8(run.to),
                .timestamp(run.startedAt), .text(run.kind.rawValue), .text(optional: subscription.mailbox),
            ]
        )
        guard run.kind == .full else { return }
        try await connection.query(
            "UPDATE feed_state SET full_by = NULL, full_reason = NULL WHERE subscription_id = $1",
            [.uuid(subscription.id.uuid)]
        )
    }

    package func finishRun(
        _ claim: LaneClaim,
        _ run: FrozenRun,
        _ written: WrittenRun,
        next pause: LanePause
    ) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            let id: PostgresValue = .uuid(claim.subscription.id.uuid)
            try await connection.query(
                "UPDATE feed_run SET written_at = now(), held_back = $3 WHERE subscription_id = $1 AND sequence = $2",
                [id, .int8(run.sequence), .int4(Int32(written.heldBack.count))]
            )
            try await Self.file(written, of: run, claim.subscription, on: connection)
            try await Self.hold(written, of: run, claim.subscription, on: connection)
            try await Self.audit(run, of: claim.subscription, on: connection)
            try await connection.query(
                "UPDATE lane SET delivered_through = $2 WHERE subscription_id = $1",
                [id, .int8(run.to)]
            )
            if run.kind == .delta { try await Self.schedule(claim, pause, on: connection) }
            if try await Self.head(of: claim, locked: true, on: connection) <= run.to {
                try await connection.query("DELETE FROM lane_ready WHERE subscription_id = $1", [id])
            }
        }
    }

    /// The files and, for each, the message it is sent with.
    private static func file(
        _ written: WrittenRun,
        of run: FrozenRun,
        _ subscription: Subscription,
        on connection: PostgresConnection
    ) async throws {
        for (position, file) in written.files.enumerated() {
            let key: [PostgresValue] = [.uuid(subscription.id.uuid), .int8(run.sequence), .int4(Int32(position))]
            try await connection.query(
                """
                INSERT INTO feed_file (subscription_id, sequence, position, name, vaccine_type, part, row_count, bytes, sha256)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                key + [
                    .text(file.name), .text(optional: file.vaccineType), .int4(optional: file.part.map { Int32($0) }),
                    .int4(Int32(file.rows)), .int8(Int64(file.bytes)), .text(file.sha256),
                ]
            )
            try await connection.query(
                """
                INSERT INTO feed_message (subscription_id, sequence, position, round, local_id) VALUES ($1, $2, $3, 0, $4)
                """,
                key + [.text(file.localID)]
            )
        }
    }

    private static func hold(
        _ written: WrittenRun,
        of run: FrozenRun,
        _ subscription: Subscription,
        on connection: PostgresConnection
    ) async throws {
        for row in written.heldBack {
            try await connection.query(
                """
                INSERT INTO feed_held (subscription_id, sequence, record_id, number, columns) VALUES ($1, $2, $3, $4, $5)
                """,
                [
                    .uuid(subscription.id.uuid), .int8(run.sequence), .uuid(row.recordID.uuid), .int8(row.number),
                    .texts(row.columns.map(\.header)),
                ]
            )
        }
        guard !written.released.isEmpty else { return }
        try await connection.query(
            """
            UPDATE feed_held SET released_in = $2
            WHERE subscription_id = $1 AND released_in IS NULL AND record_id = ANY($3)
            """,
            [.uuid(subscription.id.uuid), .int8(run.sequence), .uuids(written.released.map(\.uuid))]
        )
    }

    private static func schedule(
        _ claim: LaneClaim,
        _ pause: LanePause,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            "UPDATE feed_state SET next_run_at = \(pause.sql("$2")) WHERE subscription_id = $1",
            [.uuid(claim.subscription.id.uuid), pause.parameter]
        )
    }

    /// Stops a feed until an operator has decided; the first cause counts.
    static func stop(
        _ subscription: Subscription,
        _ cause: FeedStop,
        _ detail: String,
        noted: Int64? = nil,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO feed_state AS s (subscription_id, stop, stop_detail, stopped_at, noted_number)
            VALUES ($1, $2, $3, now(), $4)
            ON CONFLICT (subscription_id) DO UPDATE SET stop = coalesce(s.stop, excluded.stop),
                stop_detail = coalesce(s.stop_detail, excluded.stop_detail),
                stopped_at = coalesce(s.stopped_at, excluded.stopped_at),
                noted_number = greatest(s.noted_number, excluded.noted_number)
            """,
            [.uuid(subscription.id.uuid), .text(cause.rawValue), .text(detail), .int8(optional: noted)]
        )
    }

    private static func feedState(
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws -> (lastNumber: Int64, isDue: Bool, wantsFull: Bool) {
        let id: PostgresValue = .uuid(claim.subscription.id.uuid)
        try await connection.query(
            "INSERT INTO feed_state (subscription_id) VALUES ($1) ON CONFLICT DO NOTHING",
            [id]
        )
        let rows = try await connection.query(
            """
            SELECT last_number, next_run_at <= now() AS due, full_by IS NOT NULL AS wants_full FROM feed_state
            WHERE subscription_id = $1 FOR UPDATE
            """,
            [id]
        )
        guard let row = rows.first else { throw LaneLost() }
        return (
            try row.decode("last_number", as: Int64.self), try row.decode("due", as: Bool.self),
            try row.decode("wants_full", as: Bool.self)
        )
    }

    private static func lastRun(
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws -> (run: FrozenRun, isWritten: Bool)? {
        let rows = try await connection.query(
            """
            SELECT \(runColumns), written_at IS NOT NULL AS is_written FROM feed_run r
            WHERE subscription_id = $1 ORDER BY sequence DESC LIMIT 1
            """,
            [.uuid(claim.subscription.id.uuid)]
        )
        return try rows.first.map { (try run($0), try $0.decode("is_written", as: Bool.self)) }
    }

    static let runColumns = "r.kind, r.sequence, r.from_event, r.to_event, r.started_at"

    static func run(_ row: PostgresRow) throws -> FrozenRun {
        FrozenRun(
            kind: try row.choice("kind"),
            sequence: try row.decode("sequence", as: Int64.self),
            from: try row.decode("from_event", as: Int64.self),
            to: try row.decode("to_event", as: Int64.self),
            startedAt: try row.decode("started_at", as: Date.self)
        )
    }
}
