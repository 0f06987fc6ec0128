import Feeds
import Foundation
import HeraldTestKit
import Postgres
import ServiceLifecycle
import Store
import Synchronization
import Testing
import Vaccination

/// Errors in mid-file: those that pass are waited for, those that would come again stop the queue (`csv-feed.md` §9).
@Suite(.herald, .timeLimit(.minutes(2))) struct HaltTests {
    private static let poison = "poison"

    /// The database refuses one row, as a bug or a broken index would.
    private static func plant(_ pool: PostgresPool) async throws {
        try await pool.query(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.unique_id = 'poison' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$
            """
        )
        try await pool.query(
            "CREATE TRIGGER refuse BEFORE INSERT ON immunization FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    }

    private static func feed() -> SampleFeed {
        var random = SplitMix(seed: 31)
        var rows = random.rows(80, identities: 30)
        rows.insert(.complete(poison), at: 40)
        return SampleFeed(rows)
    }

    @Test func aRowThatCannotBeAppliedStopsItsQueueAtThatRowUntilItIsMended() async throws {
        try await withIntake { intake in
            try await Self.plant(intake.pool)
            let feed = Self.feed()
            let id = try await intake.receive(feed)
            let behind = SampleFeed([.complete("behind")], number: 1)
            let next = try await intake.receive(behind)
            try await running([Intake.worker(intake.store, batchSize: 25)]) {
                try await eventually { try await intake.store.summary(of: id)?.status == .halted }
                let halted = try #require(try await intake.store.summary(of: id))
                #expect(halted.haltedRow == 41)
                #expect(halted.reason?.contains("Row 41 could not be applied") == true)
                let other = try await intake.receive(SampleFeed([SampleFeed.Row("other", "delete")], type: "MMR"))
                try await intake.expectProcessed([other])
                #expect(try await intake.store.summary(of: next)?.status == .queued)

                // Still there: it stops again, at the same row, and nothing is applied twice.
                try await intake.order(.resume(givingUp: nil), id)
                try await eventually { try await intake.store.summary(of: id)?.status == .halted }
                #expect(try await intake.store.summary(of: id)?.haltedRow == 41)

                try await intake.pool.query("DROP TRIGGER refuse ON immunization")
                try await intake.order(.resume(givingUp: nil), id)
                try await intake.expectProcessed([id, next])
            }
            let kinds = try await intake.store.events(of: id).map(\.kind)
            #expect(kinds.count { $0 == .halted } == 2)
            try await intake.expectModel([feed, behind], [id, next])
        }
    }

    @Test func aRowThatIsGivenUpIsRejectedAndTheRestGoesOn() async throws {
        try await withIntake { intake in
            try await Self.plant(intake.pool)
            let feed = Self.feed()
            let id = try await intake.receive(feed)
            try await running([Intake.worker(intake.store, batchSize: 25)]) {
                try await eventually { try await intake.store.summary(of: id)?.status == .halted }
                try await intake.order(.resume(givingUp: 41), id)
                try await intake.expectProcessed([id])
            }
            #expect(try await intake.rejected(id)[41] == ["INTERNAL"])
            #expect(try await intake.outcomes(id) == feed.rows.count)
            try await IntakeAudit.check(intake.pool)
        }
    }

    @Test func aHaltedFileThatIsCancelledLetsItsQueueGo() async throws {
        try await withIntake { intake in
            try await Self.plant(intake.pool)
            let id = try await intake.receive(Self.feed())
            let next = try await intake.receive(SampleFeed([.complete("behind")], number: 1))
            try await running([Intake.worker(intake.store, batchSize: 25)]) {
                try await eventually { try await intake.store.summary(of: id)?.status == .halted }
                try await intake.order(.cancel, id)
                try await intake.expectProcessed([next])
            }
            #expect(try await intake.store.summary(of: id)?.status == .cancelled)
        }
    }

    /// Retried batches report the first outcome again, never DUPLICATE for their own rows.
    @Test func answersToCommitThatAreLostChangeNoOutcome() async throws {
        try await withIntake { intake in
            var random = SplitMix(seed: 33)
            let feed = SampleFeed(random.rows(200, identities: 60))
            let id = try await intake.receive(feed)
            // Every batch is applied, and of each second one it is not known.
            let answers = Mutex(0)
            let forgetful = FeedStoreProbe(store: intake.store) { _ in
                let count = answers.withLock {
                    $0 += 1
                    return $0
                }
                if count.isMultiple(of: 2) { throw PostgresError.connection("the answer to COMMIT was lost") }
            }
            try await running([Intake.worker(forgetful, batchSize: 9)]) { try await intake.expectProcessed([id]) }
            #expect(answers.withLock(\.self) > 20)
            try await intake.expectModel([feed], [id])
        }
    }
}
