import Access
import Foundation
import HeraldTestKit
import Store
import Testing

/// What the trail can be searched by.
@Suite(.herald, .timeLimit(.minutes(1))) struct AuditSearchTests {
    @Test func pagesGoOnWhereTheyEndedWhileRecordsCome() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let start = Date(timeIntervalSince1970: 1_790_000_000)
            func record(_ number: Int) -> AuditRecord {
                var record = AuditRecord(recorded: start.addingTimeInterval(Double(number / 3)))
                record.client = "gp"
                record.patient = PatientNumber("9990000018")
                return record
            }
            try await store.append((0..<20).map(record))
            var query = AuditQuery()
            query.patient = PatientNumber("9990000018")
            query.limit = 6
            var found: [AuditRow] = []
            while true {
                let page = try await store.auditRows(query)
                guard let last = page.last else { break }
                found += page
                query.after = AuditPlace("\(AuditPlace(last))")
                try await store.append([record(60 + found.count)])
            }
            #expect(found.count == 20 && Set(found.map(\.id)).count == 20)
            #expect(found.map(\.recorded) == found.map(\.recorded).sorted(by: >))
        }
    }

    @Test func everyFilterNarrows() async throws {
        try await ScratchDatabase.withStore { store, _ in
            var one = AuditRecord(recorded: Date(timeIntervalSince1970: 1_790_000_000))
            one.client = "gp"
            one.patient = PatientNumber("9990000018")
            one.interaction = .read
            one.outcome = .denied
            one.resources = [AuditedResource("Immunization", id: "a"), AuditedResource("Immunization", id: "b")]
            var other = AuditRecord(recorded: Date(timeIntervalSince1970: 1_790_000_100))
            other.client = "app"
            try await store.append([one, other])
            func found(_ change: (inout AuditQuery) -> Void) async throws -> [String?] {
                var query = AuditQuery()
                change(&query)
                return try await store.auditRows(query).map(\.client)
            }
            #expect(try await found { _ in } == ["app", "gp"])
            // What is asked is asked of the database, before the limit: the newest record failed in nothing.
            #expect(
                try await found {
                    $0.isFailureOnly = true; $0.limit = 1
                } == ["gp"]
            )
            #expect(try await found { $0.patient = PatientNumber("9990000018") } == ["gp"])
            #expect(try await found { $0.client = "app" } == ["app"])
            #expect(try await found { $0.entity = "Immunization/b" } == ["gp"])
            #expect(try await found { $0.entity = "Immunization/c" } == [])
            #expect(try await found { $0.outcome = .denied } == ["gp"])
            #expect(try await found { $0.interaction = .read } == ["gp"])
            #expect(try await found { $0.from = Date(timeIntervalSince1970: 1_790_000_050) } == ["app"])
            #expect(try await found { $0.until = Date(timeIntervalSince1970: 1_790_000_100) } == ["gp"])
        }
    }
}
