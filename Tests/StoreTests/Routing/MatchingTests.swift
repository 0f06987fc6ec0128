import Events
import FHIR
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// What PostgreSQL has part in when events meet subscriptions.
@Suite(.herald, .timeLimit(.minutes(1))) struct MatchingTests {
    private func matches(
        _ store: PostgresStore,
        _ event: VaccinationEvent = .sample()
    ) async throws -> Set<SubscriptionID> {
        Set(try await store.matches(of: [event])[0].map(\.subscription))
    }

    private func generation(_ pool: PostgresPool) async throws -> Int {
        try await pool.count("SELECT number FROM subscription_generation")
    }

    @Test func subscriptionsThatNamePatientsAreFoundWithWhateverElseTheyAsk() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let plain = Subscription.sample(
                .subscriber,
                filter: SubscriptionFilter(patients: [.sample(1), .sample(2)])
            )
            let flu = Subscription.sample(
                .subscriber,
                filter: SubscriptionFilter(patients: [.sample(1)], vaccineTypes: ["FLU"])
            )
            let mmr = Subscription.sample(
                .subscriber,
                filter: SubscriptionFilter(patients: [.sample(1)], vaccineTypes: ["MMR"])
            )
            let other = Subscription.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(3)]))
            let all = Subscription.sample()
            for subscription in [plain, flu, mmr, other, all] { try await store.create(subscription) }
            let found = try await store.matches(of: [
                .sample(1, patient: 1), .sample(2, patient: 2), .sample(3, patient: 4), .sample(4, patient: nil),
            ])
            #expect(
                found.map { Set($0.map(\.subscription)) } == [
                    [plain.id, flu.id, all.id], [plain.id, all.id], [all.id], [all.id],
                ]
            )
            try await pool.query("UPDATE subscription SET status = 'off' WHERE id = $1", [.uuid(plain.id.uuid)])
            #expect(try await matches(store) == [flu.id, all.id])
        }
    }

    /// What the look-up reads is a copy, and must be as its subscription is, whatever became of that.
    @Test func theLookUpFollowsEveryChangeOfASubscriptionThatNamesPatients() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let one = Subscription.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(1), .sample(2)]))
            try await store.create(one)
            func become(_ assignment: String) async throws -> [Bool] {
                try await pool.query("UPDATE subscription SET \(assignment) WHERE id = $1", [.uuid(one.id.uuid)])
                return try await store.matches(of: [.sample(1, patient: 1), .sample(2, patient: 2)]).map { !$0.isEmpty }
            }
            let both = "\"\(NHSNumber.sample(1).digits)\",\"\(NHSNumber.sample(2).digits)\""
            for (assignment, expected) in [
                ("status = 'error'", [true, true]), ("status = 'off'", [false, false]),
                ("status = 'requested'", [true, true]), ("activated_at = NULL", [false, false]),
                ("status = 'active'", [true, true]), ("status = 'off', off_by = 'server'", [true, true]),
                ("off_by = 'client'", [false, false]), ("status = 'active'", [true, true]),
                ("deleted_at = now()", [false, false]), ("deleted_at = NULL", [true, true]),
                (#"filter = '{"patients":["\#(NHSNumber.sample(2).digits)"]}'"#, [false, true]),
                (#"filter = '{"patients":[\#(both)],"vaccineTypes":["MMR"]}'"#, [false, false]),
                (#"filter = '{"patients":[\#(both)],"vaccineTypes":["FLU"]}', status = 'off'"#, [false, false]),
                ("status = 'active'", [true, true]), ("filter = '{}'", [false, false]),
            ] { #expect(try await become(assignment) == expected, "\(assignment)") }
            #expect(try await pool.count("SELECT count(*) FROM subscription_patient") == 0)
            // A file with the patient's flag: only the national feed hears of it.
            _ = try await become(#"filter = '{"patients":[\#(both)]}', audience = 'nis'"#)
            try await store.load(patients: [
                PatientRegistration(nhsNumber: .sample(1), practice: nil, flag: .sensitive)
            ])
            #expect(try await become("audience = 'nis'") == [true, true])
            #expect(try await become("audience = 'subscriber'") == [false, true])
        }
    }

    /// D-93: making them at a high rate neither waits for the one number nor lets routers read anything again.
    @Test func onlySubscriptionsByRuleRaiseTheGeneration() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let before = try await generation(pool)
            for number in 1...5 {
                try await store.create(.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(number)])))
            }
            #expect(try await generation(pool) == before)
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["FLU"])))
            #expect(try await generation(pool) == before + 1)
            #expect(try await pool.count("SELECT count(*) FROM subscription WHERE generation > 0") == 1)
        }
    }

    /// D-93: a router takes over what another process changed, reading those rows alone.
    @Test func routersFollowEveryChangeAndReadNoMoreThanWhatChanged() async throws {
        try await ScratchDatabase.withStore { other, _ in
            try await ScratchDatabase.withStore(connections: 1) { store, pool in
                for _ in 0..<300 {
                    try await other.create(.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["MMR"])))
                }
                #expect(try await matches(store).isEmpty)
                try await pool.query("VACUUM ANALYZE subscription")
                func rowsRead() async throws -> Int {
                    try await pool.query("SELECT pg_stat_force_next_flush()")
                    return try await pool.count(
                        """
                        SELECT (seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables
                        WHERE relname = 'subscription'
                        """
                    )
                }
                let flu = Subscription.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["FLU"]))
                try await other.create(flu)
                let before = try await rowsRead()
                #expect(try await matches(store) == [flu.id])
                #expect(try await rowsRead() - before < 10)

                try await other.load(practices: [
                    Practice(odsCode: "A00001", name: "A", endpoint: "https://a.example.nhs.uk/")
                ])
                try await other.load(patients: [PatientRegistration(nhsNumber: .sample(1), practice: "A00001")])
                #expect(try await matches(store).count == 2)
                try await other.load(practices: [Practice(odsCode: "A00001", name: "A", endpoint: nil)])
                #expect(try await matches(store) == [flu.id])
            }
        }
    }

    @Test func aDatabaseThatWasRestoredIsReadAnew() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            #expect(try await matches(store).count == 1)
            try await pool.query("DELETE FROM lane")
            try await pool.query("DELETE FROM subscription_head")
            try await pool.query("DELETE FROM subscription")
            try await pool.query("UPDATE subscription_generation SET number = number - 1")
            #expect(try await matches(store).isEmpty)
        }
    }

    /// T-18: with ever so many subscriptions that name patients, a slice looks its own up in an index.
    @Test func aSliceReadsTheSubscriptionsOfItsPatientsAndNoOthers() async throws {
        // One session, whose counts are those of everything, and whose plans were made while the tables were empty.
        try await ScratchDatabase.withStore(connections: 1) { store, pool in
            for _ in 0..<8 { _ = try await matches(store) }
            try await pool.query(
                """
                INSERT INTO subscription (id, audience, channel, status, reason, client, filter, endpoint)
                SELECT gen_random_uuid(), 'subscriber', 'rest-hook', 'active', '', '', '{"patients":[]}', ''
                FROM generate_series(1, 100000)
                """
            )
            try await pool.query(
                "INSERT INTO subscription_patient SELECT 9000000000 + row_number() OVER (), id FROM subscription"
            )
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(1)])))
            func pages() async throws -> Int {
                try await pool.query("SELECT pg_stat_force_next_flush()")
                return try await pool.count(
                    """
                    SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))::bigint
                    FROM pg_statio_user_tables WHERE relname IN ('subscription', 'subscription_patient')
                    """
                )
            }
            let before = try await pages()
            let found = try await store.matches(of: (1...100).map { .sample($0, patient: $0) })
            #expect(found.map(\.count).reduce(0, +) == 1)
            #expect(try await pages() - before < 1000)
        }
    }

    @Test func contentIsReadWhereAFilterAsksForIt() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let disease = Subscription.sample(
                .subscriber,
                filter: SubscriptionFilter(others: [.targetDiseases: ["6142004"], .statuses: ["completed"]])
            )
            let child = Subscription.sample(.subscriber, filter: SubscriptionFilter(ages: [Bounds(years: "lt14")!]))
            let wrong = Subscription.sample(.subscriber, filter: SubscriptionFilter(others: [.products: ["1"]]))
            for subscription in [disease, child, wrong] { try await store.create(subscription) }
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(2)])
            let immunization = #"""
                {"resourceType":"Immunization","status":"completed","protocolApplied":[{"targetDisease":[{"coding":[
                {"system":"http://snomed.info/sct","code":"6142004"}]}]}],"contained":[{"resourceType":"Patient",
                "birthDate":"\#(Calendar.current.component(.year, from: Date()) - 3)-01-01"}]}
                """#
            try await pool.query(
                "UPDATE immunization_version SET resource = $1 WHERE immunization_id = $2",
                [.bytes(Array(immunization.utf8)), .uuid(SampleChange(1).recordID.uuid)]
            )
            try await store.routeAll()
            #expect(try await store.progress(of: disease.id)?.lastNumber == 1)
            #expect(try await store.progress(of: child.id)?.lastNumber == 1)
            #expect(try await store.progress(of: wrong.id)?.lastNumber == 0)

            // A removal has no content of its own: that of the version before counts.
            try await ChangeWriter(pool).write([SampleChange(1, removes: true)])
            try await store.routeAll()
            #expect(try await store.progress(of: disease.id)?.lastNumber == 2)
        }
    }

    @Test func geographyIsThatOfThePracticeAndTheSmallestPlaceOfTheHome() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let codes: [(GeographyRule, String)] = [
                (.registeredPractice, "A00001"), (.practiceSubLocation, "99L"), (.homeSubLocation, "99M"),
                (.homeAuthority, "716"), (.homeCountry, "E92000001"),
            ]
            var wanted: Set<SubscriptionID> = []
            for (rule, code) in codes {
                for (value, isRight) in [(code, true), ("X", false)] {
                    let filter = SubscriptionFilter(others: [rule.clause: [value]])
                    let subscription = Subscription.sample(.subscriber, filter: filter)
                    try await store.create(subscription)
                    if isRight { wanted.insert(subscription.id) }
                }
            }
            try await store.load(practices: [
                Practice(odsCode: "A00001", name: "A", endpoint: nil, subLocation: "99L")
            ])
            try await store.load(places: [
                PostcodePlace(prefix: "LS", subLocation: "X", authority: "X", country: "E92000001"),
                PostcodePlace(prefix: "LS1", subLocation: "99M", authority: "X"),
                PostcodePlace(prefix: "LS1 4AP", authority: "716"),
                PostcodePlace(prefix: "LS14", subLocation: "X", authority: "X", country: "X"),
            ])
            let here = PatientRegistration(nhsNumber: .sample(1), practice: "A00001", postcode: Postcode("LS1 4AP"))
            try await store.load(patients: [here])
            #expect(try await matches(store) == wanted)
            // Nothing is known of where the other one lives, nor of somebody the directory does not know.
            try await store.load(patients: [PatientRegistration(nhsNumber: .sample(2), practice: nil)])
            #expect(try await matches(store, .sample(patient: 2)).isEmpty)
            #expect(try await matches(store, .sample(patient: 3)).isEmpty)
        }
    }

    @Test func aColumnThatAFileDoesNotHaveStaysAsItIs() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let whole = PatientRegistration(
                nhsNumber: .sample(1),
                practice: "A00001",
                birthDate: CivilDate(year: 2012, month: 2, day: 29),
                postcode: Postcode("LS1 4AP"),
                flag: .sensitive
            )
            try await store.load(patients: [whole])
            let moved = PatientRegistration(nhsNumber: .sample(1), practice: "B00002")
            try await store.load(patients: [moved], columns: [.practice])
            let kept = """
                SELECT count(*) FROM patient WHERE practice = 'B00002' AND birth_date = '2012-02-29'
                    AND postcode = 'LS1 4AP' AND flag = 'S'
                """
            #expect(try await pool.count(kept) == 1)
            try await store.load(patients: [moved], columns: [.practice, .flag])
            #expect(
                try await pool.count("SELECT count(*) FROM patient WHERE flag IS NULL AND postcode IS NOT NULL") == 1
            )
        }
    }

    /// `nems.md` §4.6 rule 2.
    @Test func ofAFlaggedPatientOnlyTheNationalFeedHears() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let nis = Subscription.sample()
            try await store.create(nis)
            try await store.create(.sample(.subscriber))
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(1)])))
            #expect(try await matches(store).count == 3)
            for flag in PatientRegistration.Flag.allCases {
                try await store.load(patients: [PatientRegistration(nhsNumber: .sample(1), practice: nil, flag: flag)])
                #expect(try await matches(store) == [nis.id])
            }
        }
    }

    /// The rows of version 0.1 take part after the migration as before it.
    @Test func subscriptionsFromBeforeTheMigrationKeepWorking() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let rule = Subscription.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["FLU"]))
            let explicit = Subscription.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(1)]))
            for subscription in [rule, explicit] { try await store.create(subscription) }
            let migrations = SchemaMigrations.all.filter {
                ["m0008_matching", "m0015_named_patients"].contains($0.name)
            }
            #expect(migrations.count == 2)
            try await pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        DROP FUNCTION file_named_patients CASCADE;
                        DROP TABLE subscription_patient, postcode_place, directory_question; DROP INDEX subscription_rules;
                        ALTER TABLE subscription DROP COLUMN generation; ALTER TABLE practice DROP COLUMN sub_location;
                        ALTER TABLE patient DROP COLUMN birth_date, DROP COLUMN postcode, DROP COLUMN flag;
                        """
                )
                for migration in migrations { try await connection.execute(script: migration.sql) }
            }
            #expect(try await matches(PostgresStore(pool: pool)) == [rule.id, explicit.id])
        }
    }
}
