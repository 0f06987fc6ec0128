import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Postgres
import Store
import Testing
import Vaccination

@testable import herald

/// The search over HTTP sockets and PostgreSQL beside a plain filter over all records (immunisation-history.md §4).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(5)))
struct SearchPropertyTests {
    private static let types = ["FLU", "COVID", "MMR", "HPV"]
    private static let products = ["34680411000001107", "39114911000001105"]

    /// Moments at which days and clocks change, as seconds since 1970.
    private static let edges: [Int64] = [
        1_711_843_200, 1_711_846_800,  // 2024-03-31 00:00 and 01:00 UTC, when summer time begins
        1_719_874_800, 1_719_878_400,  // 2024-07-01 23:00 UTC, midnight in London, and midnight UTC
        1_729_983_600, 1_729_990_800, 1_730_073_600,  // 2024-10-26 23:00, 10-27 01:00 and 10-28 00:00 UTC
        1_735_689_600,  // 2025-01-01 00:00 UTC
    ]

    /// A search, and what it means.
    private struct Search {
        var patient: Int
        var types: [String]?
        var from: String?
        var through: String?
        var dates: [(prefix: String, value: String, first: Int64, last: Int64)] = []
        var status: String?
        var product: String?
        var sort = "-date"
        var count: Int

        var query: String {
            var parts = ["patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C\(NHSNumber.sample(patient).digits)"]
            if let types { parts.append("-immunization.target=\(types.joined(separator: ","))") }
            if let from { parts.append("-date.from=\(from)") }
            if let through { parts.append("-date.to=\(through)") }
            for date in dates { parts.append("date=\(date.prefix)\(date.value.replacing("+", with: "%2B"))") }
            if let status { parts.append("status=\(status)") }
            if let product { parts.append("vaccine-code=\(product)") }
            return (parts + ["_sort=\(sort)", "_count=\(count)"]).joined(separator: "&")
        }

        /// What the search finds, by looking at every record.
        func expected(of all: [HistorySample]) -> [String] {
            let found = all.filter { record in
                guard record.patient == .sample(patient), !record.isDeleted, record.status == status ?? "completed",
                    types?.contains(record.type) ?? true, product == nil || product == record.product
                else { return false }
                // ISO days compare as text.
                let day = record.occurrence.prefix(10)
                if let from, day < from { return false }
                if let through, day > through { return false }
                let stored = SearchPropertyTests.span(record.occurrence)
                return dates.allSatisfy { date in
                    let isInside = date.first <= stored.0 && stored.1 <= date.last
                    return switch date.prefix {
                    case "", "eq": isInside
                    case "ne": !isInside
                    case "gt": stored.1 > date.last
                    case "lt": stored.0 < date.first
                    case "ge": stored.1 > date.last || isInside
                    case "le": stored.0 < date.first || isInside
                    case "sa": stored.0 > date.last
                    default: stored.1 < date.first
                    }
                }
            }
            let sorted = found.sorted { left, right in
                let times =
                    sort.hasSuffix("date") ? (left.seconds, right.seconds) : (left.updated, right.updated)
                if times.0 != times.1 { return sort.hasPrefix("-") ? times.0 > times.1 : times.0 < times.1 }
                return left.id.lowercaseText < right.id.lowercaseText
            }
            return sorted.map(\.id.lowercaseText)
        }
    }

    /// Seconds east of UTC in London: an hour from the last Sunday of March to that of October, at 01:00 UTC; for 2023 to
    /// 2025, which are all that the samples need.
    private static func offset(_ second: Int64) -> Int64 {
        let summers: [(Int64, Int64)] = [
            (1_679_792_400, 1_698_541_200), (1_711_846_800, 1_729_990_800), (1_743_296_400, 1_761_440_400),
        ]
        return summers.contains { $0.0 <= second && second < $0.1 } ? 3600 : 0
    }

    /// The first second of a day in London, found by trying.
    private static func midnight(_ day: Int64) -> Int64 {
        let utc = day * 86_400
        return [utc - 3600, utc].first { $0 + offset($0) == utc } ?? utc
    }

    /// First and last second of what a record has.
    private static func span(_ text: String) -> (Int64, Int64) {
        guard let moment = FHIRDateTime(text) else { return (0, 0) }
        let day = Int64(moment.date.daysSince1970)
        guard moment.hasTime else { return (midnight(day), midnight(day + 1) - 1) }
        let second = moment.firstMicrosecond / 1_000_000
        return (second, second)
    }

    private static func text(_ second: Int64, offset: Int64, form: Int) -> String {
        let local = FHIRInstant(microseconds: (second + offset * 3600) * 1_000_000).description
        let zone = offset == 0 ? "+00:00" : "+01:00"
        return switch form {
        case 0: String(local.prefix(10))
        case 1: String(local.prefix(16)) + zone
        default: String(local.prefix(19)) + zone
        }
    }

    private static func moment(_ random: inout SplitMix) -> Int64 {
        let edge = edges[Int(random.next() % UInt64(edges.count))]
        return edge + [-86_400, -3600, -1, 0, 1, 59, 3599, 40_000][Int(random.next() % 8)]
    }

    private static func record(_ random: inout SplitMix) -> HistorySample {
        var sample = HistorySample()
        sample.patient = .sample(Int(random.next() % 3))
        sample.type = types[Int(random.next() % 4)]
        let form = random.next() % 4 == 0 ? 0 : 2
        sample.occurrence = text(moment(&random), offset: Int64(random.next() % 2), form: form)
        sample.product = products[Int(random.next() % 2)]
        sample.status = random.next() % 8 == 0 ? "not-done" : "completed"
        sample.isDeleted = random.next() % 8 == 0
        sample.updated = 1_730_000_000 + Int64(random.next() % 5)
        return sample
    }

    private static func search(_ random: inout SplitMix) -> Search {
        func chance(_ of: UInt64) -> Bool { random.next() % of == 0 }
        func day() -> String { text(moment(&random), offset: 0, form: 0) }
        var search = Search(patient: Int(random.next() % 3), count: 1 + Int(random.next() % 7))
        if chance(2) { search.types = Array(types.shuffled(using: &random).prefix(1 + Int(random.next() % 3))) }
        if chance(3) { search.from = day() }
        if chance(3) { search.through = day() }
        if let from = search.from, let through = search.through, from > through {
            (search.from, search.through) = (through, from)
        }
        for _ in 0..<(random.next() % 3) {
            let prefixes = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]
            let form = Int(random.next() % 3)
            let moment = moment(&random)
            let value = text(moment, offset: Int64(random.next() % 2), form: form)
            let whole = span(form == 0 ? value : text(moment, offset: 0, form: 2))
            let first = form == 1 ? whole.0 - whole.0 % 60 : whole.0
            search.dates.append(
                (prefixes[Int(random.next() % 9)], value, first, form == 1 ? first + 59 : whole.1)
            )
        }
        if chance(6) { search.status = ["completed", "not-done"][Int(random.next() % 2)] }
        if chance(4) { search.product = products[Int(random.next() % 2)] }
        search.sort = ["-date", "date", "_lastUpdated", "-_lastUpdated"][Int(random.next() % 4)]
        return search
    }

    /// Reads all pages of a search.
    private func pages(
        of query: String,
        _ client: some TestClientProtocol,
        _ token: String,
        between: () async throws -> Void = {}
    ) async throws -> (ids: [String], total: Int) {
        var next: String? = query
        var ids: [String] = []
        var total = 0
        while let query = next {
            let answer = try await client.execute(
                uri: "/FHIR/R4/Immunization?\(query)",
                method: .get,
                headers: [.authorization: token]
            )
            #expect(answer.status == .ok, "\(query) \(String(buffer: answer.body))")
            guard answer.status == .ok else { break }
            let bundle = try JSONValue(parsing: Array(answer.body.readableBytesView))
            let matches = (bundle["entry"]?.array ?? []).filter { $0["search"]?["mode"] == "match" }
            ids += matches.compactMap { $0["resource"]?["id"]?.string }
            total = bundle["total"]?.integer ?? -1
            next = (bundle["link"]?.array ?? []).first { $0["relation"] == "next" }?["url"]?.string
                .flatMap { $0.split(separator: "?", maxSplits: 1).last.map(String.init) }
            try await between()
        }
        return (ids, total)
    }

    /// Q-40, Q-41, Q-42, Q-54, Q-60, Q-61, Q-63, Q-80, Q-87, around midnight and the changes of the clocks.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func findsWhatAFilterOverAllRecordsFinds(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let records = (0..<150).map { _ in Self.record(&random) }
        let searches = (0..<60).map { _ in Self.search(&random) }
        try await HubFixture.with { fixture in
            try await HistorySample.store(records, in: fixture.hub.pool)
            let token = try await fixture.bearer("system/Immunization.rs")
            let application = Application(router: fixture.hub.router(), logger: fixture.hub.logger)
            try await application.test(.live) { client in
                var found = 0
                for search in searches {
                    let (ids, total) = try await pages(of: search.query, client, token)
                    let expected = search.expected(of: records)
                    #expect(ids == expected, "seed \(seed): \(search.query)")
                    #expect(total == expected.count, "seed \(seed): \(search.query)")
                    found += ids.count
                }
                #expect(found > 100, "the searches must find something")
            }
        }
    }

    /// Q-87: what does not change itself is on exactly one page, and nothing is on two, whatever is written meanwhile.
    @Test func pagesNeitherRepeatNorSkipWhileOthersWrite() async throws {
        var random = SplitMix(seed: 7)
        var kept = (0..<60).map { _ in Self.record(&random) }
        for index in kept.indices {
            (kept[index].patient, kept[index].status, kept[index].isDeleted) = (.sample(1), "completed", false)
        }
        let query =
            "patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C\(NHSNumber.sample(1).digits)&_count=7"
        try await HubFixture.with { fixture in
            let pool = fixture.hub.pool
            try await HistorySample.store(kept, in: pool)
            let token = try await fixture.bearer("system/Immunization.rs")
            let application = Application(router: fixture.hub.router(), logger: fixture.hub.logger)
            let (original, writes) = (kept, random.next())
            try await application.test(.live) { client in
                var random = SplitMix(seed: writes)
                var changing: [HistorySample] = []
                let (ids, _) = try await pages(of: query, client, token) {
                    // New records everywhere in the order, others gone, all between two pages.
                    for index in changing.indices {
                        changing[index].isDeleted.toggle()
                        changing[index].version += 1
                    }
                    var new = (0..<5).map { _ in Self.record(&random) }
                    for index in new.indices { (new[index].patient, new[index].status) = (.sample(1), "completed") }
                    changing += new
                    try await HistorySample.store(changing, in: pool)
                }
                #expect(Set(ids).count == ids.count)
                #expect(Set(original.map(\.id.lowercaseText)).subtracting(ids).isEmpty)
            }
        }
    }
}
