import Access
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import Subscriptions
import Testing
import Vaccination

@testable import herald

/// Searches on the canonical base, rule by rule (immunisation-history.md §4 to §6).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct SearchEndpointTests {
    private static let patient = SearchFixture.patient
    private static let flu = SearchFixture.patient + "&-immunization.target=FLU"

    /// Queries, and what the refusal names.
    private static let refusals: [(query: String, named: String)] = [
        ("", "identifier"), ("foo=1", "patient.identifier"),
        ("\(flu)&\(patient)", "comma"), ("\(flu)&foo=1&foo=2", "comma"),
        ("\(flu)&date=2024&date=2024&date=2024", "comma"),
        ("\(flu)&date:missing=true", "date:missing"), ("\(patient)&status:not=completed", "status:not"),
        ("\(flu)&target-disease=http://snomed.info/sct%7C6142004", "target-disease"),
        ("identifier=a%7Cb&target-disease=http://snomed.info/sct%7C6142004", "target-disease"),
        ("\(flu)&patient=\(SearchFixture.number)", "patient"),
        ("patient.identifier=\(SearchFixture.number)&-immunization.target=FLU", "patient.identifier"),
        ("patient.identifier=https://fhir.nhs.uk/id/nhs-number%7C9990000018", "patient.identifier"),
        ("patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000010", "patient.identifier"),
        ("patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7CTBC", "patient.identifier"),
        ("patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C%7C\(SearchFixture.number)", "patient.identifier"),
        ("\(patient),https://fhir.nhs.uk/Id/nhs-number%7C9990548609", "patient.identifier"),
        ("patient=Patient/1", "patient"), ("patient:identifier=9", "patient:identifier"),
        (patient, "-immunization.target"),
        ("\(flu)&-date.from=2024-02-30&-date.to=x&_include=y", "-date.from must be one day as YYYY-MM-DD; -date.to"),
        ("\(flu)&-date.from=2024-01-01,2024-01-02", "-date.from"),
        ("\(flu)&-date.from=2024-01-02&-date.to=2024-01-01", "-date.from must not be later than -date.to"),
        ("\(flu)&date=gt", "date"), ("\(flu)&date=2024-01-01T00:00:00%2B01", "date"),
        ("\(flu)&date=2024-01-01T00:00:00+01:00", "%2B"),
        ("\(patient)&-immunization.target=flu,XX", "3IN1, 4IN1, 6IN1, BCG, COVID, FLU"),
        ("\(patient)&-immunization.target=", "-immunization.target"),
        ("\(flu)&immunization.target=COVID", "immunization.target"),
        ("\(patient)&target-disease=6142004", "target-disease"),
        ("\(patient)&target-disease=http://snomed.info/sct%7C,http://snomed.info/sct%7C1", "target-disease"),
        ("\(flu)&status=final", "status"), ("\(flu)&_count=-1", "_count"), ("\(flu)&_sort=name", "_sort"),
        ("\(flu)&_summary=text", "_summary"), ("\(flu)&_total=x", "_total"), ("\(flu)&vaccine-code=", "vaccine-code"),
        ("identifier=a%20%7Cb", "identifier"), ("identifier=ab", "identifier"),
        ("identifier=a%7Cb,c%7Cd", "identifier"),
        ("identifier=a%7Cb&\(patient)", "patient.identifier"),
        ("identifier=a%7Cb&_include=Immunization:patient", "_include"),
        ("identifier=a%7Cb&-date.from=2024-01-01", "-date.from"), ("identifier=a%7Cb&_elements=site", "_elements"),
        ("_elements=id", "identifier"), ("\(flu)&_cursor=abc", "_cursor"), ("_cursor=abc", "_cursor"),
        ("a=%ZZ", "UTF-8"),
        ("_id=1&-immunization.target=FLU", "patient.identifier"),
    ]

    /// Each refusal names the parameter at fault (Q-120): Q-20, Q-22, Q-24, Q-30, Q-31, Q-40, Q-50, Q-52, Q-61, Q-70, Q-71,
    /// Q-72.
    @Test(arguments: refusals)
    func refuses(query: String, named: String) async throws {
        try await SearchFixture.with([]) { search in
            let answer = try await search.get(query)
            #expect(answer.status == .badRequest, "\(String(buffer: answer.body))")
            #expect(diagnostics(answer).contains(named), "\(diagnostics(answer))")
            let code = query.contains("date:missing") || query.contains("status:not") ? "not-supported" : "invalid"
            #expect(try JSONValue(parsing: Array(answer.body.readableBytesView))["issue"]?[0]?["code"]?.string == code)
        }
    }

    /// Q-40: the day as written, both ends included; Q-42: all of them together.
    @Test func comparesDaysAsTheyAreWritten() async throws {
        // 2024-10-01 at 23:30 UTC, written as the next day.
        let record = HistorySample(occurrence: "2024-10-02T00:30:00+01:00")
        try await SearchFixture.with([record, HistorySample(occurrence: "2024-10-03")]) { (search) async throws in
            func total(_ dates: String) async throws -> Int? { try await search.bundle(Self.flu + dates).total }
            #expect(try await total("&-date.from=2024-10-02&-date.to=2024-10-02") == 1)
            #expect(try await total("&-date.to=2024-10-01") == 0)
            #expect(try await total("&-date.from=2024-10-03&-date.to=2024-10-03") == 1)
            #expect(try await total("&date=2024-10-02") == 1)
            #expect(try await total("&date=ge2024-10-02&date=lt2024-10-03") == 1)
            #expect(try await total("&date=2024-10&-date.from=2024-10-03") == 1)
        }
    }

    /// Q-24: unknown parameters are passed over and named, or refused on request.
    @Test func saysWhichParametersItDoesNotKnow() async throws {
        try await SearchFixture.with { search in
            let answer = try await search.bundle(Self.flu + "&foo=1&bar:exact=2")
            #expect(answer.total == 1)
            #expect(answer.warnings.count == 1)
            #expect(answer.warnings[0]["severity"] == "warning")
            #expect(answer.warnings[0]["code"] == "not-supported")
            #expect(answer.warnings[0]["diagnostics"]?.string?.hasSuffix("foo, bar:exact") == true)
            #expect(answer.link("self")?.contains("foo") == false)
            let strict = try await search.get(
                Self.flu + "&foo=1&bar=2",
                headers: [.init("Prefer")!: "return=minimal, handling=strict"]
            )
            #expect(strict.status == .badRequest)
            let issues = try JSONValue(parsing: Array(strict.body.readableBytesView))["issue"]?.array
            #expect(issues?.compactMap { $0["code"]?.string } == ["not-supported", "not-supported"])
        }
    }

    /// Q-25: who is not known learns nothing about parameters.
    @Test func asksForATokenFirst() async throws {
        try await SearchFixture.with([]) { search in
            let answer = try await search.fixture.send(.get, "/FHIR/R4/Immunization?date:x=1")
            #expect(answer.status == .unauthorized)
        }
    }

    /// Q-23, Q-13; a token in the form is refused (A-20).
    @Test func searchesByForm() async throws {
        try await SearchFixture.with { search in
            #expect(try SearchAnswer(try await search.post(Self.flu)).total == 1)
            let union = try await search.post("-immunization.target=FLU&-date.from=", query: Self.patient)
            #expect(try SearchAnswer(union).total == 1)
            let twice = try await search.post("-immunization.target=FLU", query: Self.flu)
            #expect(twice.status == .badRequest)
            #expect(try await search.post(Self.flu, type: "application/json").status == .unsupportedMediaType)
            #expect(try await search.post(String(repeating: "a", count: 65 << 10)).status == .contentTooLarge)
            #expect(try await search.post(Self.flu + "&access_token=x").status == .unauthorized)
            #expect(try await search.get(Self.flu + "&_format=xml").status == .notAcceptable)
            #expect(try await search.get(Self.flu + "&_format=application/fhir%2Bjson&_pretty=true").status == .ok)
        }
    }

    /// Q-21: commas and blanks; Q-51, Q-54: what is not known is named, what is there twice does nothing.
    @Test func readsListsOfTypes() async throws {
        try await SearchFixture.with([HistorySample(), HistorySample(type: "COVID")]) { search in
            let answer = try await search.bundle(Self.patient + "&-immunization.target=ZZ,%20FLU,COVID,FLU,AA")
            #expect(answer.total == 2)
            #expect(answer.warnings.count == 1)
            #expect(answer.warnings[0]["code"] == "invalid")
            #expect(answer.warnings[0]["diagnostics"]?.string?.hasSuffix("AA, ZZ") == true)
            #expect(
                answer.link("self") == "\(SearchFixture.base)?-immunization.target=COVID%2CFLU&"
                    + "patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C\(SearchFixture.number)"
            )
            #expect(try await search.bundle(Self.flu + "&immunization.target=FLU").total == 1)
        }
    }

    /// Q-52: diseases, those that lead nowhere, and those that are not written as they must be.
    @Test func searchesByDisease() async throws {
        let records = [HistorySample(type: "MMR"), HistorySample(type: "MMRV"), HistorySample()]
        try await SearchFixture.with(records, permissions: ["MMR.S", "MMRV.S"]) { search in
            let sct = "http://snomed.info/sct%7C"
            let measles = try await search.bundle(Self.patient + "&target-disease=\(sct)14189004")
            #expect(measles.total == 2)
            #expect(measles.warnings.isEmpty)
            #expect(try await search.bundle(measles.query("self") ?? "").ids == measles.ids)
            let mixed = try await search.bundle(
                Self.patient + "&target-disease=\(sct)14189004,\(sct)1,14189004,http://x%7C1"
            )
            #expect(mixed.total == 2)
            #expect(mixed.warnings.count == 3)
            #expect(mixed.warnings.allSatisfy { $0["code"] == "invalid" && $0["severity"] == "warning" })
            let unmapped = try await search.bundle(Self.patient + "&target-disease=\(sct)1,\(sct)2")
            #expect(unmapped.total == 0)
            #expect(unmapped.warnings.count == 1)
            #expect(try await search.bundle(unmapped.query("self") ?? "").total == 0)
        }
    }

    /// Q-53, A-40: some types permitted, none, or no selector at all; what is not permitted counts nowhere.
    @Test func showsPermittedTypesOnly() async throws {
        let records = [HistorySample(), HistorySample(type: "COVID"), HistorySample(type: "MMR")]
        try await SearchFixture.with(records, permissions: ["FLU.S", "MMR.RS", "COVID.R"]) { search in
            let some = try await search.bundle(Self.patient + "&-immunization.target=FLU,COVID")
            #expect(some.total == 1)
            #expect(some.warnings.map { $0["code"]?.string } == ["suppressed"])
            #expect(
                some.warnings[0]["diagnostics"]
                    == "Vaccine types outside this client's search permission were left out: COVID"
            )
            #expect(some.link("self")?.contains("COVID") == false)
            #expect(try await search.get(Self.patient + "&-immunization.target=COVID").status == .forbidden)
            let covid = "&target-disease=http://snomed.info/sct%7C840539006"
            #expect(try await search.get(Self.patient + covid).status == .forbidden)
            let all = try await search.bundle("patient=\(SearchFixture.number)")
            #expect(all.total == 2)
            #expect(all.warnings.isEmpty)
            let ids = records.map(\.id.lowercaseText).joined(separator: ",")
            #expect(try await search.bundle("_id=\(ids)").total == 2)
        }
    }

    /// Q-60, Q-61, Q-62, Q-63.
    @Test func showsLiveRecordsOfThePatient() async throws {
        let records = [
            HistorySample(), HistorySample(isDeleted: true), HistorySample(status: "not-done"),
            HistorySample(patient: nil),
            HistorySample(patient: .sample(2)),
        ]
        try await SearchFixture.with(records.map { $0 }) { search in
            #expect(try await search.bundle(Self.flu).ids == [records[0].id.lowercaseText])
            #expect(try await search.bundle(Self.flu + "&status=not-done").ids == [records[2].id.lowercaseText])
            #expect(try await search.bundle(Self.flu + "&status=completed,not-done").total == 2)
            #expect(try await search.bundle(Self.flu + "&status=entered-in-error").total == 0)
            let untraced = try await search.bundle(
                "_id=\(records[3].id.lowercaseText),\(records[1].id.lowercaseText),nobody"
            )
            #expect(untraced.ids == [records[3].id.lowercaseText])
        }
    }

    @Test func findsByProductAndId() async throws {
        let records = [HistorySample(), HistorySample(product: "39114911000001105")]
        try await SearchFixture.with(records) { (search) async throws in
            let second = [records[1].id.lowercaseText]
            #expect(try await search.bundle(Self.flu + "&vaccine-code=39114911000001105").ids == second)
            let sct = "&vaccine-code=http://snomed.info/sct%7C39114911000001105"
            #expect(try await search.bundle(Self.flu + sct).ids == second)
            #expect(try await search.bundle(Self.flu + "&vaccine-code=%7C39114911000001105").total == 0)
            #expect(try await search.bundle(Self.flu + "&_id=\(second[0])").ids == second)
        }
    }

    /// Q-64: the old number finds what the new one finds, and the answer has the new one.
    @Test func answersASupersededNumberAsThePresentOne() async throws {
        let records = [HistorySample(patient: .sample(2)), HistorySample(patient: .sample(1))]
        try await SearchFixture.with(records) { search in
            try await search.fixture.hub.store.load(patients: [
                PatientRegistration(nhsNumber: .sample(1), practice: nil, supersededBy: .sample(2))
            ])
            let answer = try await search.bundle(Self.flu)
            #expect(answer.total == 2)
            let current = NHSNumber.sample(2).digits
            #expect(answer.resources("include").map { $0["id"]?.string } == [current])
            #expect(answer.resources("match").allSatisfy { $0.at("patient", "identifier", "value")?.string == current })
            #expect(answer.link("self")?.hasSuffix(current) == true)
            #expect(try await search.bundle(answer.query("self") ?? "").ids == answer.ids)
        }
    }

    /// Q-70, Q-73, Q-74.
    @Test func findsByTheSuppliersIdentifier() async throws {
        let system = "https://supplierABC/identifiers/vacc"
        func record(_ value: String, _ type: String, deleted: Bool = false) -> HistorySample {
            let id = RecordID(RecordIdentifier(system: system, value: value)).uuid
            return HistorySample(id: id, type: type, isDeleted: deleted)
        }
        let records = [record("1", "FLU"), record("2", "COVID"), record("3", "FLU", deleted: true)]
        try await SearchFixture.with(records, permissions: ["FLU.S"]) { search in
            let found = try await search.bundle("identifier=\(system)%7C1")
            #expect(found.ids == [records[0].id.lowercaseText])
            #expect(found.total == 1)
            #expect(found.resources("include").count == 1)
            #expect(found.resources("match")[0]["meta"]?["versionId"] == "1")
            let short = try await search.bundle("identifier=\(system)%7C1&_elements=id,meta")
            #expect(short.entries.count == 1)
            #expect(
                short.resources("match")[0].object?.members.map(\.name).sorted() == ["id", "meta", "resourceType"]
            )
            #expect(
                short.link("self")
                    == "\(SearchFixture.base)?identifier=https%3A%2F%2FsupplierABC%2Fidentifiers%2Fvacc%7C1"
                    + "&_elements=id%2Cmeta"
            )
            #expect(try await search.get("identifier=\(system)%7C2").status == .forbidden)
            for missing in ["3", "4"] {
                let answer = try await search.bundle("identifier=\(system)%7C\(missing)")
                #expect(answer.total == 0)
                #expect(answer.json["entry"] == .array([]))
            }
        }
    }

    /// Q-80 to Q-82, Q-83, Q-84, Q-85, Q-86, Q-88.
    @Test func makesTheBundle() async throws {
        let latest = HistorySample(occurrence: "2025-01-01T10:00:00+00:00", birthDate: "1965-03-01")
        try await SearchFixture.with([HistorySample(), latest]) { search in
            let answer = try await search.bundle(Self.flu + "&_include=immunization:PATIENT&foo=1")
            #expect(answer.json["type"] == "searchset")
            #expect(answer.entries.map { $0["search"]?["mode"]?.string } == ["match", "match", "include", "outcome"])
            #expect(answer.entries[0]["fullUrl"]?.string == "\(SearchFixture.base)/\(latest.id.lowercaseText)")
            let patient = answer.entries[2]
            #expect(patient["fullUrl"]?.string?.hasPrefix("urn:uuid:") == true)
            #expect(
                patient["resource"] == [
                    "resourceType": "Patient", "id": .string(SearchFixture.number),
                    "identifier": [
                        ["system": "https://fhir.nhs.uk/Id/nhs-number", "value": .string(SearchFixture.number)]
                    ], "birthDate": "1965-03-01",
                ]
            )
            for match in answer.resources("match") {
                #expect(match["contained"] == nil)
                #expect(match["patient"]?["reference"] == patient["fullUrl"])
                #expect(match["patient"]?["type"] == "Patient")
                #expect(match["performer"]?.array?.count == 1)
                #expect(match["identifier"]?[0]?["use"] == "official")
                #expect(match["meta"]?["versionId"] == "1")
            }
            #expect(answer.entries[3]["fullUrl"] == nil)
            #expect(answer.link("self")?.contains("_include=immunization%3APATIENT") == true)
            #expect(try await search.bundle(answer.query("self") ?? "").ids == answer.ids)
            for count in ["&_count=0", "&_summary=count"] {
                let counted = try await search.bundle(Self.flu + count)
                #expect(counted.total == 2)
                #expect(counted.json["entry"] == .array([]))
                #expect(counted.link("next") == nil)
            }
            let nobody = try await search.bundle("patient=\(NHSNumber.sample(5).digits)")
            #expect(nobody.total == 0)
            #expect(nobody.json["entry"] == .array([]))
        }
    }

    /// Q-87: pages in a stable order, forth and back.
    @Test func pages() async throws {
        let records = (1...5).map { HistorySample(occurrence: "2024-10-0\($0)T10:00:00+01:00") }
        try await SearchFixture.with(records) { search in
            let first = try await search.bundle(Self.flu + "&_count=2")
            #expect(first.total == 5)
            #expect(first.link("previous") == nil)
            let next = try #require(first.query("next"))
            #expect(!next.contains(SearchFixture.number))
            #expect(next.hasPrefix("_cursor="))
            let second = try await search.bundle(next)
            let third = try await search.bundle(try #require(second.query("next")))
            #expect(third.link("next") == nil)
            #expect(first.ids + second.ids + third.ids == records.reversed().map(\.id.lowercaseText))
            #expect(second.resources("include").count == 1)
            #expect(second.query("self") == next)
            #expect(try await search.bundle(try #require(third.query("previous"))).ids == second.ids)
            #expect(try await search.bundle(try #require(second.query("previous"))).ids == first.ids)
        }
    }

    /// Q-87: a cursor is its client's alone, cannot be changed, and shows no more than the client may see now.
    @Test func cursorsAreBoundToTheClient() async throws {
        let records = (1...3).map { HistorySample(occurrence: "2024-10-0\($0)T10:00:00+01:00") }
        try await SearchFixture.with(records, permissions: ["FLU.S"]) { search in
            let next = try #require(try await search.bundle(Self.flu + "&_count=1").query("next"))
            let other = try await search.fixture.bearer("system/Immunization.rs", client: "other")
            #expect(try await search.get(next, token: other).status == .badRequest)
            var changed = Array(next)
            changed[changed.count - 9] = changed[changed.count - 9] == "A" ? "B" : "A"
            #expect(try await search.get(String(changed)).status == .badRequest)
            #expect(try await search.get(next + "&_count=9").status == .badRequest)
            try await search.fixture.hub.store.update(.init("reader")!, by: "test") {
                $0.permissions = try? .init(["COVID.S"])
            }
            // A registration is remembered for a moment (A-22).
            try await eventually { try await search.get(next).status == .forbidden }
        }
    }

    /// A-31, A-32: a patient's token finds their own records by every form of search, of the client's types.
    @Test func aPatientFindsTheirOwnRecords() async throws {
        let system = "https://supplierABC/identifiers/vacc"
        func record(_ value: String, _ patient: Int, _ type: String = "COVID") -> HistorySample {
            let id = RecordID(RecordIdentifier(system: system, value: value)).uuid
            return HistorySample(id: id, patient: .sample(patient), type: type)
        }
        let records = [record("own", 1), record("others", 2), record("flu", 1, "FLU")]
        try await SearchFixture.with(records) { search in
            try await SearchFixture.register("app", ["COVID.S"], in: search.fixture)
            let token = try await search.fixture.bearer(
                "patient/Immunization.rs",
                client: "app",
                patient: SearchFixture.number
            )
            let own = [records[0].id.lowercaseText]
            let answer = try await search.bundle("patient=\(SearchFixture.number)", token: token)
            #expect(answer.ids == own)
            #expect(answer.total == 1, "the filter counts in total")
            let other = NHSNumber.sample(2).digits
            let names = [
                "patient=\(other)", "patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C\(other)",
                "patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C\(other)&-immunization.target=COVID",
            ]
            for query in names { #expect(try await search.get(query, token: token).status == .forbidden) }
            let ids = records.map(\.id.lowercaseText).joined(separator: ",")
            #expect(try await search.bundle("_id=\(ids)", token: token).ids == own)
            #expect(try await search.bundle("identifier=\(system)%7Cown", token: token).ids == own)
            #expect(try await search.bundle("identifier=\(system)%7Cothers", token: token).total == 0)
        }
    }

    /// Q-91 to Q-95, A-41: redacted for everybody, but in full for an unredacted client, and never for patients.
    @Test func redactsRestrictedPatients() async throws {
        try await SearchFixture.with { search in
            let store = search.fixture.hub.store
            try await store.load(patients: [
                PatientRegistration(nhsNumber: .sample(1), practice: nil, confidentiality: .restricted)
            ])
            try await SearchFixture.register("full", ["FLU.S"], isUnredacted: true, in: search.fixture)
            func site(_ client: String, patient: String? = nil) async throws -> String? {
                let scope = patient == nil ? "system/Immunization.rs" : "patient/Immunization.rs"
                let token = try await search.fixture.bearer(scope, client: client, patient: patient)
                let answer = try await search.bundle("patient=\(SearchFixture.number)", token: token)
                #expect(answer.total == 1)
                #expect(answer.resources("match")[0].at("meta", "security")?[0]?["code"] == "R")
                #expect(answer.resources("include")[0].at("meta", "security")?[0]?["code"] == "R")
                return answer.resources("match")[0]["performer"]?[0]?.at("actor", "identifier", "value")?.string
            }
            #expect(try await site("reader") == "N2N9I")
            #expect(try await site("full") == "B0C4P")
            #expect(try await site("full", patient: SearchFixture.number) == "N2N9I")
            try await store.load(patients: [
                PatientRegistration(nhsNumber: .sample(1), practice: nil, confidentiality: .veryRestricted)
            ])
            let answer = try await search.bundle("patient=\(SearchFixture.number)")
            #expect(answer.resources("include")[0]["birthDate"] == nil)
        }
    }

    @Test func theSwitchShowsRestrictedPatientsInFull() async throws {
        try await SearchFixture.with([HistorySample()], { $0.redactsRestricted = false }) { search in
            try await search.fixture.hub.store.load(patients: [
                PatientRegistration(nhsNumber: .sample(1), practice: nil, confidentiality: .restricted)
            ])
            let match = try await search.bundle(Self.flu).resources("match")[0]
            #expect(match["performer"]?[0]?.at("actor", "identifier", "value") == "B0C4P")
        }
    }
}
