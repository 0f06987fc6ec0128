import Access
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// A-50: what commands change is in the trail, with the change.
@Suite(.herald, .timeLimit(.minutes(1))) struct OperatorCommandTests {
    typealias Change = @Sendable (PostgresStore) async throws -> Void

    private static let subscription = Subscription.sample()
    private static let changes: [(name: String, text: String, change: Change)] = [
        ("herald subscriptions create", "created for the client", { try await $0.create(subscription) }),
        (
            "herald practices load", "practices loaded: A00001 B00002",
            { store in
                try await store.load(practices: [
                    Practice(odsCode: "B00002", name: "B", endpoint: nil),
                    Practice(odsCode: "A00001", name: "A", endpoint: "https://a.example.nhs.uk/"),
                ])
            }
        ),
        (
            "herald patients load", "1 patients loaded into the directory: practice",
            { store in
                let patient = PatientRegistration(nhsNumber: .sample(1), practice: "A00001")
                try await store.load(patients: [patient], columns: [.practice])
            }
        ),
        (
            "herald geography load", "1 places of postcodes loaded",
            { store in
                let place = PostcodePlace(prefix: "LS1", subLocation: "15F", authority: nil, country: nil)
                try await store.load(places: [place])
            }
        ),
        (
            "herald mailbox allow", "files from the mailbox X26ABC1 are taken for the client site",
            { store in
                let isAllowed = try await store.allow(mailbox: "X26ABC1", for: "site", by: "ann")
                #expect(isAllowed)
            }
        ),
        (
            "herald token revoke", "the token t-1 revoked",
            { try await $0.revoke(TokenID("t-1"), until: Date(timeIntervalSinceNow: 60), by: "ann") }
        ),
        (
            "herald replay", "event log, replay: everything",
            { try await $0.note(operation: "replay", by: "ann", "everything", changes: 3) }
        ),
    ]

    @Test(arguments: 0..<changes.count) func aChangeLeavesOneRecordOfWhoMadeIt(_ number: Int) async throws {
        let (name, text, change) = Self.changes[number]
        try await ScratchDatabase.withStore { plain, pool in
            try await plain.create(
                RegisteredClient(
                    id: #require(ClientID("site")),
                    name: "",
                    scopes: Scopes(parsing: "system/Immunization.cruds")
                ),
                by: "test"
            )
            let before = try await plain.auditRows(AuditQuery()).count
            try await change(PostgresStore(pool: pool, command: OperatorCommand(name, by: "ann")))
            let rows = try await plain.auditRows(AuditQuery())
            #expect(rows.count == before + 1)
            let record = try #require(try rows.first { $0.client == "ann" }?.record())
            #expect(record.endpoint == name && record.interaction == .update && record.outcome == .success)
            #expect(record.change?.contains(text) == true, "\(record.change ?? "")")
        }
    }

    /// A hub's store writes the request's record instead, and none of its own.
    @Test func aStoreWithoutACommandWritesNoRecord() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await store.load(places: [
                PostcodePlace(prefix: "LS1", subLocation: "15F", authority: nil, country: nil)
            ])
            #expect(try await pool.count("SELECT count(*) FROM audit_record") == 0)
        }
    }

    @Test func whatCannotBeRecordedIsNotChanged() async throws {
        try await ScratchDatabase.withStore { plain, pool in
            let store = PostgresStore(pool: pool, command: OperatorCommand("herald subscriptions create", by: "ann"))
            try await pool.query("ALTER TABLE audit_unsealed RENAME TO gone")
            await #expect(throws: PostgresError.self) { try await store.create(.sample()) }
            await #expect(throws: PostgresError.self) {
                try await store.load(patients: [PatientRegistration(nhsNumber: .sample(1), practice: nil)])
            }
            try await pool.query("ALTER TABLE gone RENAME TO audit_unsealed")
            #expect(try await plain.allProgress().isEmpty)
            #expect(try await pool.count("SELECT count(*) FROM patient") == 0)
        }
    }

    /// An answer in the directory's place is found by the patient it is about, and says no number in words.
    @Test func anAnswerAboutAPatientIsFoundByThePatient() async throws {
        try await ScratchDatabase.withStore { plain, pool in
            let store = PostgresStore(pool: pool, command: OperatorCommand("herald patients answer", by: "ann"))
            #expect(try await !store.settle(.sample(1), practice: nil, isRestricted: false, by: "ann"))
            #expect(try await plain.auditRows(AuditQuery()).isEmpty, "nothing was changed")
            try await pool.query(
                "INSERT INTO directory_question (nhs_number, reason) VALUES ($1, 'silent')",
                [.int8(Int64(NHSNumber.sample(1).digits) ?? 0)]
            )
            #expect(try await store.settle(.sample(1), practice: "A00001", isRestricted: false, by: "ann"))
            var query = AuditQuery()
            query.patient = PatientNumber(NHSNumber.sample(1).digits)
            let record = try #require(try await plain.auditRows(query).first?.record())
            #expect(record.change?.hasSuffix("registered at A00001") == true)
            #expect(record.change?.contains(NHSNumber.sample(1).digits) == false)
        }
    }
}
