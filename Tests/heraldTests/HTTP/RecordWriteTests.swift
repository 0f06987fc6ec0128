import NIOCore
import Access
import FHIR
import Feeds
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Postgres
import Store
import Synchronization
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// Create, update and delete over HTTP (`immunisation-history.md` §7).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct RecordWriteTests {
    private let id = SampleImmunization.id("FLU-0001").description

    private func withHub(_ body: (HubFixture, String) async throws -> Void) async throws {
        try await HubFixture.with { fixture in try await body(fixture, fixture.bearer()) }
    }

    /// Q-100, Q-102, Q-16.
    @Test func aCreateAnswers201WithItsPlaceAndVersionAndCanBeRead() async throws {
        try await withHub { hub, bearer in
            let created = try await hub.create(SampleImmunization.make(), bearer)
            #expect(created.status == .created)
            #expect(created.body.readableBytes == 0)
            #expect(created.headers[.location] == "http://127.0.0.1:8480/FHIR/R4/Immunization/\(id)")
            #expect(created.headers[HeaderName.nhsETag] == "1")
            #expect(created.headers[.eTag] == "W/\"1\"")
            let read = try await hub.send(.get, HubFixture.records + "/" + id, authorization: bearer)
            let resource = try read.json()
            #expect(resource["id"]?.string == id)
            #expect(resource.at("meta", "versionId")?.string == "1")
            #expect(resource.at("doseQuantity", "value")?.number == "0.30")
            #expect(resource["contained"]?.array?.count == 2)
        }
    }

    /// Q-102: each step of the order with a body that fails at it and at every later one.
    @Test func aCreateIsRefusedInThePagesOrder() async throws {
        try await withHub { hub, bearer in
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .created)
            try await hub.permit("site", "COVID.CRUDS")
            let noJSON = try await hub.send(
                .post,
                HubFixture.records,
                authorization: bearer,
                headers: [.contentType: "application/fhir+json"],
                body: Array("{\"id\":".utf8)
            )
            #expect(noJSON.status == .badRequest && noJSON.issue.hasPrefix("invalid: "))
            let withID = SampleImmunization.make(id: id, with: ["lotNumber": "", "primarySource": "yes"])
            let refusedID = try await hub.create(withID, bearer)
            #expect(refusedID.status == .badRequest)
            #expect(
                refusedID.issue.hasPrefix("invariant: ") && refusedID.issue.contains("id field must not be present")
            )
            #expect(try refusedID.json()["issue"]?[0]?["expression"]?[0]?.string == "Immunization.id")
            let faults = try await hub.create(
                SampleImmunization.make(with: ["lotNumber": "", "primarySource": "yes"]),
                bearer
            )
            #expect(faults.status == .badRequest && faults.issue.hasPrefix("invariant: Validation errors: "))
            #expect(faults.issue.contains("lotNumber") && faults.issue.contains("primarySource"))
            #expect(faults.issue.contains("; "))
            let forbidden = try await hub.create(SampleImmunization.make(), bearer)
            #expect(forbidden.status == .forbidden && forbidden.issue.hasPrefix("forbidden: "))
        }
    }

    /// Q-102, §9.
    @Test func aSecondCreateOfALiveIdentifierIs422Duplicate() async throws {
        try await withHub { hub, bearer in
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .created)
            let second = try await hub.create(SampleImmunization.make(), bearer)
            #expect(second.status == .unprocessableContent)
            let issue = try second.json()["issue"]?[0]
            #expect(issue?["code"]?.string == "duplicate")
            #expect(issue?["diagnostics"]?.string?.contains(SampleImmunization.system + "#FLU-0001") == true)
            #expect(issue?["expression"] == ["Immunization.identifier[0]"])
            let codings = issue?.at("details", "coding")?.array ?? []
            #expect(codings.map { $0["code"]?.string } == ["UNPROCESSABLE_ENTITY", "DUPLICATE"])
        }
    }

    /// Q-102: two concurrent creates with one identifier give exactly one 201.
    @Test func ofConcurrentCreatesExactlyOneIs201() async throws {
        try await withHub { hub, bearer in
            for round in 0..<5 {
                let resource = SampleImmunization.make("race-\(round)")
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<6 { group.addTask { try await hub.create(resource, bearer).status.code } }
                    return try await group.reduce(into: [Int]()) { $0.append($1) }
                }
                #expect(statuses.sorted() == [201, 422, 422, 422, 422, 422])
            }
            let events = try await hub.hub.pool.query("SELECT count(*) AS n FROM outbox").first
            #expect(try events?.decode("n", as: Int64.self) == 5)
        }
    }

    /// Q-102, Q-105, Q-107: a deleted record comes back under its id with the next version.
    @Test func aDeletedRecordIsReinstatedByCreateAndByUpdate() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            let uri = HubFixture.records + "/" + id
            let deleted = try await hub.send(.delete, uri, authorization: bearer)
            #expect(deleted.status == .noContent && deleted.body.readableBytes == 0)
            #expect(try await hub.send(.get, uri, authorization: bearer).status == .notFound)
            #expect(try await hub.send(.delete, uri, authorization: bearer).status == .notFound)
            let again = try await hub.create(SampleImmunization.make(), bearer)
            #expect(again.status == .created && again.headers[HeaderName.nhsETag] == "2")
            #expect(again.headers[.location]?.hasSuffix(id) == true)
            _ = try await hub.send(.delete, uri, authorization: bearer)
            // The version is not compared, but must be one.
            let update = SampleImmunization.make(id: id, with: ["lotNumber": "B2"])
            #expect(try await hub.update(id, update, bearer, at: "x").status == .badRequest)
            let updated = try await hub.update(id, update, bearer, at: "77")
            #expect(updated.status == .ok && updated.headers[HeaderName.nhsETag] == "3")
            let read = try await hub.send(.get, uri, authorization: bearer).json()
            #expect(read["lotNumber"]?.string == "B2")
            #expect(read.at("meta", "versionId")?.string == "3")
        }
    }

    /// Q-103: success, by either header; `If-Match` wins.
    @Test func anUpdateReplacesTheRecordAndRaisesTheVersion() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            let change = SampleImmunization.make(id: id, with: ["lotNumber": "B2"])
            let first = try await hub.update(id, change, bearer, at: "1")
            #expect(first.status == .ok && first.body.readableBytes == 0)
            #expect(first.headers[HeaderName.nhsETag] == "2" && first.headers[.eTag] == "W/\"2\"")
            let both: HTTPFields = [.ifMatch: "W/\"2\"", HeaderName.nhsETag: "9"]
            let second = try await hub.update(id, change, bearer, headers: both)
            #expect(second.headers[HeaderName.nhsETag] == "3")
            let stale: HTTPFields = [.ifMatch: "W/\"2\"", HeaderName.nhsETag: "3"]
            #expect(try await hub.update(id, change, bearer, headers: stale).status == .preconditionFailed)
        }
    }

    /// Q-103: each step of the order with a request that fails at it and at later ones; Q-104.
    @Test func anUpdateIsRefusedInThePagesOrder() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            let other = SampleImmunization.make("other", id: id, with: ["lotNumber": ""])
            func refusal(
                _ path: String,
                _ body: JSONValue,
                _ headers: HTTPFields
            ) async throws -> String {
                let answer = try await hub.update(path, body, bearer, headers: headers)
                return "\(answer.status.code) \(answer.issue)"
            }
            #expect(try await refusal("bad_id!", other, [:]).hasPrefix("400 invariant: An update needs the version"))
            #expect(
                try await refusal("bad_id!", other, [HeaderName.nhsETag: "0"]).hasPrefix("400 invalid: The id must be")
            )
            for wrong in ["0", "-1", "abcde", "1.0", ""] {
                let text = try await refusal(id, other, [HeaderName.nhsETag: wrong])
                #expect(text.hasPrefix("400 invariant: The header E-Tag"), "\(wrong)")
                #expect(text.contains("\"\(wrong)\""))
            }
            let noJSON = try await hub.send(
                .put,
                HubFixture.records + "/" + id,
                authorization: bearer,
                headers: [.contentType: "application/json", HeaderName.nhsETag: "1"],
                body: Array("nonsense".utf8)
            )
            #expect(noJSON.status == .badRequest && noJSON.issue.hasPrefix("invalid: "))
            let elsewhere = SampleImmunization.id("elsewhere").description
            let wrongID = try await refusal(elsewhere, other, [HeaderName.nhsETag: "1"])
            #expect(wrongID.hasPrefix("400 invariant: ") && wrongID.contains(elsewhere))
            #expect(try await refusal(id, other, [HeaderName.nhsETag: "9"]).contains("lotNumber"))
            let unknown = SampleImmunization.make("elsewhere", id: elsewhere)
            #expect(try await refusal(elsewhere, unknown, [HeaderName.nhsETag: "1"]).hasPrefix("404 not-found: "))
            let renamed = SampleImmunization.make("other", id: id)
            try await hub.permit("site", "FLU.CRDS")
            #expect(try await refusal(id, renamed, [HeaderName.nhsETag: "9"]).hasPrefix("403 forbidden: "))
            try await hub.permit("site", "FLU.CRUDS")
            let text = try await refusal(id, renamed, [HeaderName.nhsETag: "9"])
            #expect(text == "400 invariant: identifier[0].value doesn't match with the stored content")
        }
    }

    /// Q-103: one wording for stale, another for ahead; 400 by `E-Tag`, 412 `conflict` by `If-Match`.
    @Test func aVersionThatDoesNotMatchIsRefusedAfterTheFashionOfItsHeader() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            let change = SampleImmunization.make(id: id)
            _ = try await hub.update(id, change, bearer, at: "1")
            let stale = try await hub.update(id, change, bearer, at: "1")
            #expect(
                stale.status == .badRequest && stale.issue.hasPrefix("invariant: ") && stale.issue.contains("behind")
            )
            let ahead = try await hub.update(id, change, bearer, at: "99999999999")
            #expect(ahead.status == .badRequest && ahead.issue.contains("ahead"))
            for tag in ["W/\"1\"", "\"1\"", "1"] {
                let refused = try await hub.update(id, change, bearer, headers: [.ifMatch: tag])
                #expect(refused.status == .preconditionFailed && refused.issue.hasPrefix("conflict: "))
                #expect(
                    try refused.json()["issue"]?[0]?.at("details", "coding")?[0]?["code"]?.string
                        == "PRECONDITION_FAILED"
                )
            }
            for tag in ["*", "W/\"1\", W/\"2\"", "W/\"x\""] {
                let refused = try await hub.update(id, change, bearer, headers: [.ifMatch: tag])
                #expect(refused.status == .badRequest && refused.issue.hasPrefix("invariant: "))
            }
        }
    }

    /// Q-103: permission on the stored type and on the new one.
    @Test func anUpdateOfTheTypeTakesPermissionForBoth() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            let covid = SampleImmunization.make(
                id: id,
                with: ["protocolApplied": SampleImmunization.protocolApplied("840539006")]
            )
            try await hub.permit("site", "FLU.CRUDS")
            let refused = try await hub.update(id, covid, bearer, at: "1")
            #expect(refused.status == .forbidden && refused.issue.contains("COVID"))
            try await hub.permit("site", "COVID.CRUDS")
            #expect(try await hub.update(id, covid, bearer, at: "1").status == .forbidden)
            try await hub.permit("site", "COVID.U", "FLU.U")
            #expect(try await hub.update(id, covid, bearer, at: "1").status == .ok)
        }
    }

    /// Q-106, and the supplier is recorded.
    @Test func anotherSupplierWithPermissionMayUpdateAndIsRecorded() async throws {
        try await withHub { hub, bearer in
            let other = try await hub.bearer(client: "other")
            try await hub.permit("site", "FLU.CRUDS", suppliers: ["EMIS"])
            try await hub.permit("other", "FLU.CRUDS", suppliers: ["TPP"])
            _ = try await hub.create(SampleImmunization.make(), bearer)
            #expect(try await hub.update(id, SampleImmunization.make(id: id), other, at: "1").status == .ok)
            let rows = try await hub.hub.pool.query(
                "SELECT supplier, client FROM immunization_version ORDER BY change"
            )
            #expect(try rows.map { try $0.decode("supplier", as: String.self) } == ["EMIS", "TPP"])
            #expect(try rows.map { try $0.decode("client", as: String?.self) } == ["site", "other"])
            let record = try await hub.hub.pool.query("SELECT supplier FROM immunization").first
            #expect(try record?.decode("supplier", as: String.self) == "TPP")
        }
    }

    /// Q-107: format, existence, permission, in this order; a version that is named is compared.
    @Test func aDeleteIsRefusedInThePagesOrder() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            try await hub.permit("site", "FLU.CRUS")
            let uri = HubFixture.records + "/"
            func delete(_ id: String, _ headers: HTTPFields = [:]) async throws -> Int {
                try await hub.send(.delete, uri + id, authorization: bearer, headers: headers).status.code
            }
            #expect(try await delete("bad_id!") == 400)
            #expect(try await delete("unknown") == 404)
            #expect(try await delete(SampleImmunization.id("x").description) == 404)
            #expect(try await delete(id) == 403)
            try await hub.permit("site", "FLU.CRUDS")
            #expect(try await delete(id, [.ifMatch: "W/\"2\""]) == 412)
            #expect(try await delete(id, [.ifMatch: "W/\"1\""]) == 204)
            #expect(try await delete(id) == 404)
        }
    }

    /// Q-108: record, version and event stand or fall together.
    @Test func aWriteWithoutItsEventIsNoWrite() async throws {
        try await withHub { hub, bearer in
            let pool = hub.hub.pool
            _ = try await hub.create(SampleImmunization.make("kept"), bearer)
            try await pool.query("ALTER TABLE outbox ADD CONSTRAINT shut CHECK (false) NOT VALID")
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .internalServerError)
            let kept = SampleImmunization.id("kept").description
            let change = SampleImmunization.make("kept", id: kept, with: ["lotNumber": "lost"])
            #expect(try await hub.update(kept, change, bearer, at: "1").status == .internalServerError)
            let uri = HubFixture.records + "/" + kept
            #expect(try await hub.send(.delete, uri, authorization: bearer).status == .internalServerError)
            let read = try await hub.send(.get, uri, authorization: bearer).json()
            #expect(read["lotNumber"]?.string == "4120Z001")
            let rows = try await pool.query(
                """
                SELECT (SELECT count(*) FROM immunization) AS records, (SELECT count(*) FROM immunization_version) AS versions,
                    (SELECT count(*) FROM outbox) AS events
                """
            ).first
            for column in ["records", "versions", "events"] {
                #expect(try rows?.decode(column, as: Int64.self) == 1, "\(column)")
            }
        }
    }

    /// Q-108, A-51: the audit entry too, with the version that came to be; refusals have theirs.
    @Test func everyWriteIsAuditedWithItsChange() async throws {
        try await withHub { hub, bearer in
            let pool = hub.hub.pool
            let uri = HubFixture.records + "/" + id
            _ = try await hub.create(SampleImmunization.make(), bearer)
            _ = try await hub.update(id, SampleImmunization.make(id: id), bearer, at: "1")
            _ = try await hub.create(SampleImmunization.make(), bearer)
            _ = try await hub.send(.get, uri + "/_history/1", authorization: bearer)
            _ = try await hub.send(.delete, uri, authorization: bearer)
            let rows = try await pool.query(
                """
                SELECT interaction, status, patient, entities FROM audit_record
                WHERE status IS NOT NULL ORDER BY recorded, id
                """
            )
            #expect(
                try rows.map { try $0.decode("interaction", as: String.self) }
                    == ["create", "update", "create", "vread", "delete"]
            )
            #expect(try rows.map { try $0.decode("status", as: Int16?.self) } == [201, 200, 422, 200, 204])
            let patients = try rows.map { try $0.decode("patient", as: Int64?.self) }
            #expect(patients == [9_990_548_609, 9_990_548_609, nil, 9_990_548_609, 9_990_548_609])
            #expect(try rows.first?.decode("entities", as: [String].self) == ["Immunization/\(id)"])
            // A change that cannot be audited is none.
            try await pool.query("ALTER TABLE audit_unsealed RENAME TO gone")
            let change = SampleImmunization.make("other")
            #expect(try await hub.create(change, bearer).status.code >= 500)
            try await pool.query("ALTER TABLE gone RENAME TO audit_unsealed")
            let other = HubFixture.records + "/\(SampleImmunization.id("other"))"
            #expect(try await hub.send(.get, other, authorization: bearer).status == .notFound)
        }
    }

    /// Q-103: of writers that start from one version one wins, and the others are told that it is gone.
    @Test func ofWritersOfOneVersionOneWins() async throws {
        try await withHub { hub, bearer in
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .created)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let change = SampleImmunization.make(id: id, with: ["lotNumber": .string("B\(writer)")])
                        let headers: HTTPFields = [.ifMatch: "W/\"1\""]
                        return try await hub.update(id, change, bearer, headers: headers).status.code
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200] + Array(repeating: 412, count: 7))
            let log = try await hub.send(.get, HubFixture.records + "/" + id + "/_history", authorization: bearer)
            #expect(try log.json()["total"]?.integer == 2)
        }
    }

    /// §9: a write that others get ahead of again and again gives up, says so, and has changed nothing.
    @Test func aWriteThatLosesEveryRaceIs409Conflict() async throws {
        try await withHub { hub, bearer in
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .created)
            let store = BusyStore(store: hub.hub.store)
            let router = hub.hub.edgeRouter(nil)
            let access = try #require(hub.hub.access?.bearer)
            RecordWriteRoutes(store: store, publicURL: hub.hub.configuration.publicURL)
                .add(to: router.group("FHIR/R4/Immunization").add(middleware: access))
            let change = SampleImmunization.make(id: id, with: ["lotNumber": "B2"])
            let answer = try await Application(router: router, logger: hub.hub.logger).test(.router) { client in
                try await client.execute(
                    uri: HubFixture.records + "/" + id,
                    method: .put,
                    headers: [
                        .authorization: bearer, .ifMatch: "W/\"1\"", .contentType: "application/fhir+json",
                    ],
                    body: ByteBuffer(bytes: change.bytes)
                )
            }
            #expect(answer.status == .conflict)
            #expect(answer.headers[.retryAfter] == "1")
            #expect(answer.issue.hasPrefix("conflict: "))
            #expect(store.attempts.withLock(\.self) > 1)
            let read = try await hub.send(.get, HubFixture.records + "/" + id, authorization: bearer)
            #expect(read.headers[HeaderName.nhsETag] == "1")
            var query = AuditQuery()
            query.interaction = .update
            // What the fixture registers is on record too, and has no status.
            let statuses = try await hub.hub.store.auditRows(query).compactMap(\.status)
            #expect(statuses == [409])
        }
    }

    /// §3 `Prefer`.
    @Test func aWriteAnswersWithWhatTheClientPrefers() async throws {
        try await withHub { hub, bearer in
            let prefer = HeaderName.prefer
            let shown = try await hub.create(
                SampleImmunization.make(),
                bearer,
                headers: [prefer: "handling=strict, return=representation"]
            )
            #expect(shown.status == .created)
            #expect(try shown.json()["id"]?.string == id)
            #expect(shown.headers[HeaderName.preferenceApplied] == "return=representation")
            let told = try await hub.update(
                id,
                SampleImmunization.make(id: id),
                bearer,
                headers: [prefer: "return=OperationOutcome", HeaderName.nhsETag: "1"]
            )
            #expect(told.status == .ok)
            #expect(try told.json()["issue"]?[0]?["severity"]?.string == "information")
            let minimal = try await hub.update(
                id,
                SampleImmunization.make(id: id),
                bearer,
                headers: [prefer: "return=minimal", HeaderName.nhsETag: "2"]
            )
            #expect(minimal.body.readableBytes == 0)
        }
    }

    /// A-50, A-52: the record says what the caller was told.
    @Test(arguments: [("return=OperationOutcome", 200), ("return=minimal", 204)])
    func aDeletionIsOnRecordWithTheStatusOfItsAnswer(prefer: String, status: Int) async throws {
        try await withHub { hub, bearer in
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .created)
            let uri = HubFixture.records + "/" + id
            let answer = try await hub.send(
                .delete,
                uri,
                authorization: bearer,
                headers: [HeaderName.prefer: prefer]
            )
            #expect(answer.status.code == status && (answer.body.readableBytes > 0) == (status == 200))
            var query = AuditQuery()
            query.interaction = .delete
            #expect(try await hub.hub.store.auditRows(query).map(\.status) == [Int16(status)])
        }
    }

    /// §11, §12, A-31: scopes c, u and d, of a system only.
    @Test(
        arguments: [
            ("system/Immunization.ruds", nil), ("system/Immunization.rs", nil), ("system/Immunization.s", nil),
            ("patient/Immunization.cruds", SampleImmunization.patient),
        ] as [(String, String?)]
    )
    func aCreateTakesASystemsScope(scope: String, patient: String?) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(scope, patient: patient)
            let refused = try await hub.create(SampleImmunization.make(), bearer)
            #expect(refused.status == .forbidden)
            #expect(refused.issue.hasPrefix("forbidden: "))
        }
    }

    @Test func updateAndDeleteTakeTheirOwnScopes() async throws {
        try await withHub { hub, bearer in
            _ = try await hub.create(SampleImmunization.make(), bearer)
            let uri = HubFixture.records + "/" + id
            for scope in ["system/Immunization.crds", "patient/Immunization.cruds"] {
                let patient = scope.hasPrefix("patient") ? SampleImmunization.patient : nil
                let other = try await hub.bearer(scope, client: "other", patient: patient)
                #expect(try await hub.update(id, SampleImmunization.make(id: id), other, at: "1").status == .forbidden)
            }
            for scope in ["system/Immunization.crus", "patient/Immunization.cruds"] {
                let patient = scope.hasPrefix("patient") ? SampleImmunization.patient : nil
                let other = try await hub.bearer(scope, client: "other", patient: patient)
                #expect(try await hub.send(.delete, uri, authorization: other).status == .forbidden)
            }
        }
    }

    /// §7: only `completed`; nothing in the future but `expirationDate`; offsets +00:00 and +01:00 only.
    @Test(arguments: [
        ("status", "not-done"), ("status", "entered-in-error"), ("occurrenceDateTime", "2999-01-01T00:00:00+00:00"),
        ("occurrenceDateTime", "2025-01-14T09:15:30+02:00"), ("recorded", "2999-01-01"),
    ])
    func aResourceThatBreaksARuleIs400Invariant(element: String, value: String) async throws {
        try await withHub { hub, bearer in
            let refused = try await hub.create(SampleImmunization.make(with: [element: .string(value)]), bearer)
            #expect(refused.status == .badRequest && refused.issue.hasPrefix("invariant: "))
            #expect(refused.issue.contains(element))
            let expiry = SampleImmunization.make(with: ["expirationDate": "2999-01-01"])
            #expect(try await hub.create(expiry, bearer).status == .created)
        }
    }
}

/// A store on which somebody else always changes the record first.
private final class BusyStore: RecordStore, HistoryStore, ReferenceReader {
    private let store: PostgresStore
    let attempts = Mutex(0)

    init(store: PostgresStore) { self.store = store }

    func commit(
        _ plan: RecordPlan,
        by author: RecordAuthor,
        audit: (RecordVersion) -> AuditRecord
    ) async throws -> RecordVersion? {
        attempts.withLock { $0 += 1 }
        return nil
    }

    func snapshot(of id: RecordID) async throws -> RecordSnapshot? { try await store.snapshot(of: id) }

    func version(_ version: Int32, of id: RecordID) async throws -> RecordVersion? {
        try await store.version(version, of: id)
    }

    func log(of id: RecordID, _ range: RecordLogRange) async throws -> RecordLog { try await store.log(of: id, range) }

    func records(
        _ selection: HistorySelection,
        after position: HistoryPosition?,
        limit: Int
    ) async throws -> [HistoryMatch] {
        try await store.records(selection, after: position, limit: limit)
    }

    func searchKey() async throws -> [UInt8] { try await store.searchKey() }

    func person(_ number: NHSNumber) async throws -> HistoryPerson { try await store.person(number) }

    func record(_ id: RecordID) async throws -> StoredImmunization? { try await store.record(id) }

    func reference() async throws -> ReferenceData { try await store.reference() }
}
