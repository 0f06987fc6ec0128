import NIOCore
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// Read, vread and history over HTTP (`immunisation-history.md` §2, §7).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct RecordReadTests {
    private let id = SampleImmunization.id("FLU-0001").description
    private var uri: String { HubFixture.records + "/" + id }

    /// Lends a hub with a record of two versions that was deleted in between.
    private func withRecord(_ body: (HubFixture, String) async throws -> Void) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            _ = try await hub.create(SampleImmunization.make(with: ["lotNumber": "B1"]), bearer)
            _ = try await hub.send(.delete, uri, authorization: bearer)
            _ = try await hub.create(SampleImmunization.make(with: ["lotNumber": "B2"]), bearer)
            try await body(hub, bearer)
        }
    }

    /// §4.1 `_format`: JSON is all there is, on single records as on searches.
    @Test(arguments: [
        ("json", 200), ("application/fhir+json", 200), ("application/fhir%2Bjson", 200), ("application/json", 200),
        ("xml", 406), ("application/fhir%2Bxml", 406), ("", 406),
    ])
    func aFormatOtherThanJSONIsRefused(format: String, status: Int) async throws {
        try await withRecord { hub, bearer in
            for path in ["", "/_history/1", "/_history"] {
                let answer = try await hub.send(.get, "\(uri)\(path)?_format=\(format)", authorization: bearer)
                #expect(answer.status.code == status, "\(path)")
                if status == 406 { #expect(answer.issue.hasPrefix("not-supported: ")) }
            }
        }
    }

    /// Q-64: who has a new number reads what was filed under the old one, and a record keeps the number it was filed with.
    @Test func aSupersededNumbersRecordIsThePatientsOwn() async throws {
        let old = HistorySample(patient: .sample(2))
        try await HubFixture.with { hub in
            try await HistorySample.store([old], in: hub.hub.pool)
            let uri = HubFixture.records + "/" + old.id.lowercaseText
            let number = NHSNumber.sample(1).digits
            let scope = "patient/Immunization.rs"
            let patient = try await hub.bearer(scope, client: "app", patient: number)
            #expect(try await hub.send(.get, uri, authorization: patient).status == .notFound)
            try await hub.hub.store.load(patients: [
                PatientRegistration(nhsNumber: .sample(2), practice: nil, supersededBy: .sample(1))
            ])
            #expect(try await hub.send(.get, uri, authorization: patient).status == .ok)
            let former = try await hub.bearer(scope, client: "app", patient: NHSNumber.sample(2).digits)
            #expect(try await hub.send(.get, uri, authorization: former).status == .ok)
            let other = try await hub.bearer(scope, client: "app", patient: NHSNumber.sample(3).digits)
            #expect(try await hub.send(.get, uri, authorization: other).status == .notFound)
            let system = try await hub.bearer(client: "site")
            #expect(try await hub.send(.get, uri, authorization: system).status == .ok)
        }
    }

    /// Q-100, Q-101.
    @Test func aReadCarriesItsVersionAndItsTime() async throws {
        try await withRecord { hub, bearer in
            let read = try await hub.send(.get, uri, authorization: bearer)
            #expect(read.status == .ok)
            #expect(read.headers[.eTag] == "W/\"2\"" && read.headers[HeaderName.nhsETag] == "2")
            #expect(read.headers[.contentType] == "application/fhir+json")
            let resource = try read.json()
            let updated = try #require(resource.at("meta", "lastUpdated")?.string.flatMap { FHIRInstant($0) })
            let modified = try #require(read.headers[.lastModified])
            let second = Double(updated.microseconds / 1_000_000)
            #expect(HTTPDate(Date(timeIntervalSince1970: second)).text == modified)
            #expect(try await hub.send(.head, uri, authorization: bearer).status == .ok)
        }
    }

    @Test func anHTTPDateIsWrittenAsTheRFCHasIt() {
        #expect(HTTPDate(Date(timeIntervalSince1970: 784_887_151)).text == "Tue, 15 Nov 1994 08:12:31 GMT")
        #expect(HTTPDate(Date(timeIntervalSince1970: -0.5)).text == "Wed, 31 Dec 1969 23:59:59 GMT")
    }

    /// Q-101: `If-None-Match`.
    @Test(arguments: [
        ("W/\"2\"", 304), ("\"2\"", 304), ("W/\"1\", W/\"2\"", 304), ("*", 304), ("W/\"1\"", 200), ("W/\"22\"", 200),
        ("nonsense", 200),
    ])
    func aReadOfAKnownVersionIs304(tags: String, status: Int) async throws {
        try await withRecord { hub, bearer in
            let read = try await hub.send(.get, uri, authorization: bearer, headers: [.ifNoneMatch: tags])
            #expect(read.status.code == status)
            #expect((read.body.readableBytes == 0) == (status == 304))
            #expect(read.headers[.eTag] == "W/\"2\"")
        }
    }

    /// Q-101: existence before permission; 404 names the id; Q-03.
    @Test func aReadIsRefusedInThePagesOrder() async throws {
        try await withRecord { hub, bearer in
            try await hub.permit("site", "FLU.CUDS")
            let unknown = SampleImmunization.id("unknown").description
            let missing = try await hub.send(.get, HubFixture.records + "/" + unknown, authorization: bearer)
            #expect(missing.status == .notFound && missing.issue.contains(unknown))
            #expect(try await hub.send(.get, uri, authorization: bearer).status == .forbidden)
            _ = try await hub.send(.delete, uri, authorization: bearer)
            #expect(try await hub.send(.get, uri, authorization: bearer).status == .notFound)
            for bad in ["bad_id!", String(repeating: "a", count: 65), "%C3%A4", "a%2Fb"] {
                let refused = try await hub.send(.get, HubFixture.records + "/" + bad, authorization: bearer)
                #expect(refused.status == .badRequest && refused.issue.hasPrefix("invalid: "), "\(bad)")
            }
        }
    }

    /// §2 vread.
    @Test func everyVersionCanBeReadAndNoOther() async throws {
        try await withRecord { hub, bearer in
            for (version, lot) in [("1", "B1"), ("2", "B2")] {
                let read = try await hub.send(.get, "\(uri)/_history/\(version)", authorization: bearer)
                #expect(try read.json()["lotNumber"]?.string == lot)
                #expect(try read.json().at("meta", "versionId")?.string == version)
                #expect(read.headers[.eTag] == "W/\"\(version)\"")
            }
            for version in ["0", "3", "-1", "+1", "x", "99999999999"] {
                let read = try await hub.send(.get, "\(uri)/_history/\(version)", authorization: bearer)
                #expect(read.status == .notFound, "\(version)")
            }
            // Of a deleted record too: its data are retained.
            _ = try await hub.send(.delete, uri, authorization: bearer)
            #expect(try await hub.send(.get, "\(uri)/_history/2", authorization: bearer).status == .ok)
        }
    }

    /// §2 history.
    @Test func theHistoryTellsEveryActionLatestFirst() async throws {
        try await withRecord { hub, bearer in
            _ = try await hub.send(.delete, uri, authorization: bearer)
            let bundle = try await hub.send(.get, "\(uri)/_history", authorization: bearer).json()
            #expect(bundle["type"]?.string == "history")
            #expect(bundle["total"]?.integer == 4)
            let entries = bundle["entry"]?.array ?? []
            #expect(entries.map { $0.at("request", "method")?.string } == ["DELETE", "PUT", "DELETE", "POST"])
            #expect(entries.map { $0.at("resource", "lotNumber")?.string } == [nil, "B2", nil, "B1"])
            #expect(entries.map { $0.at("response", "etag")?.string } == [nil, "W/\"2\"", nil, "W/\"1\""])
            #expect(entries.allSatisfy { $0["fullUrl"]?.string?.hasSuffix("/FHIR/R4/Immunization/\(id)") == true })
        }
    }

    @Test func theHistoryComesInPages() async throws {
        try await withRecord { hub, bearer in
            var next: String? = "\(uri)/_history?_count=2"
            var methods: [String] = []
            while let page = next {
                let bundle = try await hub.send(.get, page, authorization: bearer).json()
                #expect(bundle["total"]?.integer == 3)
                methods += (bundle["entry"]?.array ?? []).compactMap { $0.at("request", "method")?.string }
                let link = bundle["link"]?.array?.first { $0["relation"]?.string == "next" }
                next = link?["url"]?.string?.replacing("http://127.0.0.1:8480", with: "")
            }
            #expect(methods == ["PUT", "DELETE", "POST"])
            let later = try await hub.send(.get, "\(uri)/_history?_since=2999-01-01T00:00:00Z", authorization: bearer)
            #expect(try later.json()["total"]?.integer == 0)
            for wrong in ["_count=0", "_count=x", "_since=2020", "_before=0", "unknown=1", "_count=1&_count=2"] {
                let refused = try await hub.send(.get, "\(uri)/_history?\(wrong)", authorization: bearer)
                #expect(refused.status == .badRequest, "\(wrong)")
            }
        }
    }

    /// A-40: permission on every version's type.
    @Test func aVersionOfATypeWithoutPermissionIsNotShown() async throws {
        try await withRecord { hub, bearer in
            let covid = SampleImmunization.make(
                id: id,
                with: ["protocolApplied": SampleImmunization.protocolApplied("840539006")]
            )
            try await hub.permit("site", "COVID.CRUDS", "FLU.CRUDS")
            #expect(try await hub.update(id, covid, bearer, at: "2").status == .ok)
            for entries in ["COVID.R", "FLU.R"] {
                try await hub.permit("site", entries)
                let other = try await hub.bearer(client: "reader-" + entries.prefix(3).lowercased())
                try await hub.permit("reader-" + entries.prefix(3).lowercased(), entries)
                #expect(try await hub.send(.get, "\(uri)/_history", authorization: other).status == .forbidden)
                #expect(try await hub.send(.get, "\(uri)/_history/1", authorization: other).status == .forbidden)
            }
        }
    }

    /// A-31, A-32: a patient sees own versions of own records; others' are not there.
    @Test func aPatientSeesOwnVersionsOnly() async throws {
        try await withRecord { hub, bearer in
            let other = "9000000009"
            let change = SampleImmunization.make(id: id, nhsNumber: other)
            #expect(try await hub.update(id, change, bearer, at: "2").status == .ok)
            let before = try await hub.bearer("patient/Immunization.rs", patient: SampleImmunization.patient)
            for path in ["", "/_history", "/_history/1", "/_history/3"] {
                #expect(try await hub.send(.get, uri + path, authorization: before).status == .notFound, "\(path)")
            }
            let now = try await hub.bearer("patient/Immunization.rs", patient: other)
            #expect(try await hub.send(.get, uri, authorization: now).status == .ok)
            #expect(try await hub.send(.get, uri + "/_history/3", authorization: now).status == .ok)
            #expect(try await hub.send(.get, uri + "/_history/1", authorization: now).status == .notFound)
            let history = try await hub.send(.get, uri + "/_history", authorization: now).json()
            #expect(history["total"]?.integer == 1)
            _ = try await hub.send(.delete, uri, authorization: bearer)
            #expect(try await hub.send(.get, uri + "/_history", authorization: now).status == .notFound)
        }
    }

    @Test func readsTakeTheReadScope() async throws {
        try await withRecord { hub, _ in
            let searcher = try await hub.bearer("system/Immunization.cuds")
            for path in ["", "/_history", "/_history/1"] {
                #expect(try await hub.send(.get, uri + path, authorization: searcher).status == .forbidden)
            }
        }
    }
}
