import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// What stands in the rows of a run (`nis-feed.md` §3).
@Suite(.herald, .timeLimit(.minutes(1))) struct FeedRowTests {
    @Test(
        "TN-01: the sample files' records come out as their golden rows",
        arguments: [
            "FLU_Vaccinations_v5_YGM41_20250115T08000000.csv", "COVID_Vaccinations_v5_YGJ_20250201T10000000.csv",
            "MMR_Vaccinations_v5_YGA_20250301T09000000.dat", "6in1_Vaccinations_v5_ygmyw_20250302T09000000.csv",
        ]
    )
    func goldenRows(_ name: String) async throws {
        let samples = try SampleFiles()
        let golden = try samples.flattened(name)
        #expect(!golden.isEmpty)
        try await withFeed { feed in
            _ = try await feed.intake.apply(name, samples.bytes(name))
            try await feed.store.routeAll()
            try await feed.writeRuns(1)
            let manifest = try #require(try feed.reader.manifests().first)
            #expect(try feed.reader.verify([manifest]).isEmpty)
            let rows = try feed.rows(of: manifest)
            let accepted = try #require(samples.files.first { $0.file == name }?.accepted)
            #expect(manifest.totals.rows == rows.count && rows.count + manifest.heldBack == Int(accepted))
            var left = golden
            var others = 0
            for row in rows {
                let fields = Dictionary(
                    uniqueKeysWithValues: FeedColumn.allCases.map { ($0.header, row.record.string($0)) }
                )
                let index = left.firstIndex { $0 == fields }
                if let index { left.remove(at: index) } else { others += 1 }
            }
            // What is left has no time that the feed can say; a removal has no golden row.
            #expect(left.allSatisfy { $0["DATE_AND_TIME"] == "" } && left.count == manifest.heldBack)
            #expect(others == rows.count + left.count - golden.count)
        }
    }

    @Test("TN-02, N-10, N-12: another Herald takes every run from the first on, and acknowledges them all")
    func anotherHeraldTakesTheFeed() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed((0..<30).map { SampleFeed.Row("id-\($0)") }, number: 1))
            try await feed.apply(SampleFeed([SampleFeed.Row("c")], type: "COVID", number: 2))
            try await feed.writeRuns(1)
            let changes = [
                SampleFeed.Row("id-0", "update", [.batchNumber: "B2", .personSurname: "O\"Neill | Sm\u{EF}th"]),
                SampleFeed.Row("id-1", "delete"), SampleFeed.Row("id-2", "update"), SampleFeed.Row("id-2", "delete"),
            ]
            try await feed.apply(SampleFeed(changes, number: 3))
            try await feed.writeRuns(2)
            let manifests = try feed.reader.manifests()
            let contents = try feed.contents()
            let here = try await feed.records()
            let there = try await withAnotherDatabase { intake in
                for file in manifests.flatMap(\.files) {
                    let summary = try await intake.apply(file.name, [UInt8](try #require(contents[file.name])))
                    #expect(
                        summary.isAccepted && summary.counts.rejected == 0
                            && summary.totalRows == Int64(file.counts.rows)
                    )
                    for answer in AcknowledgementFiles(store: intake.store).files(of: summary) {
                        var bytes: [UInt8] = []
                        for try await piece in answer { bytes += piece }
                        let read = try FeedAnswer.read(bytes, named: answer.name)
                        #expect(read.base + ".csv" == file.name)
                        #expect([.infrastructure(isSuccess: true), .business([])].contains(read.answer))
                    }
                }
                return try await NationalFeed(intake: intake, folder: "").records()
            }
            #expect(there == here && here.count == 29)
        }
    }

    @Test("TN-08, N-23: what commits in another order than it began is in exactly one run")
    func writersThatOvertakeEachOther() async throws {
        try await withFeed { feed in
            try await feed.writeRuns(1)
            let writer = feed.intake
            try await running([feed.courier(feed.store)]) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 1...4 {
                        group.addTask {
                            let rows = (0..<40).map { SampleFeed.Row("w\(number)-\($0)") }
                            _ = try await writer.apply(SampleFeed(rows, number: number), batchSize: 5)
                        }
                    }
                    group.addTask {
                        for _ in 0..<20 {
                            try await feed.store.routeAll()
                            try await feed.endHour()
                            try await Task.sleep(for: .milliseconds(10))
                        }
                    }
                    try await group.waitForAll()
                }
                try await feed.store.routeAll()
                try await eventually {
                    // An hour that ends while a run is in hand is that run's: the next one ends once the lane is free.
                    let isFree = try await feed.pool.count("SELECT count(*) FROM lane WHERE lease_until IS NULL") == 1
                    if isFree { try await feed.endHour() }
                    return try await feed.pool.count("SELECT delivered_through FROM lane") == 160
                }
            }
            let manifests = try feed.reader.manifests()
            #expect(try feed.reader.verify(manifests).isEmpty)
            let ids = try manifests.flatMap { try feed.rows(of: $0) }.map { $0.record.string(.uniqueID) }
            #expect(ids.count == 160 && Set(ids).count == 160)
        }
    }

    @Test("N-05, TN-09: a row without a time the feed can say is held back, shown, and released by a later one")
    func heldBackRows() async throws {
        try await withFeed { feed in
            let row = SampleFeed.Row("held", "new", [.doseAmount: "", .batchNumber: "", .vaccineProductCode: ""])
            try await feed.apply(SampleFeed([row, SampleFeed.Row("bare", "new", row.values)], number: 1))
            // As a system that writes one record may have it: the feed knows +00:00 and +01:00 only.
            try await feed.pool.query(
                """
                UPDATE immunization_version SET resource = convert_to(replace(convert_from(resource, 'UTF8'),
                    '2025-01-14T09:15:30+00:00', '2025-01-14T09:15:30+02:00'), 'UTF8') WHERE immunization_id = $1
                """,
                [.uuid(SampleFeed.recordID("held").uuid)]
            )
            try await feed.writeRuns(1)
            let first = try #require(try feed.reader.manifests().first)
            #expect(first.heldBack == 1)
            #expect(try feed.rows(of: first).map { $0.record.string(.uniqueID) } == ["bare"])
            #expect(
                try feed.rows(of: first).allSatisfy {
                    $0.record.isEmpty(.batchNumber) && $0.record.isEmpty(.doseAmount)
                }
            )
            let held = try #require(try await feed.store.feedOverview(limit: 9)?.held)
            #expect(held.map(\.columns) == [["DATE_AND_TIME"]] && held.map(\.run) == [1])
            try await feed.apply(SampleFeed([SampleFeed.Row("held", "update")], number: 2))
            try await feed.writeRuns(2)
            #expect(try await feed.store.feedOverview(limit: 9)?.held == [])
        }
    }

    @Test("N-13, N-15: a row has the NHS number that the directory knows, and a change of it is an UPDATE")
    func tracedNumbers() async throws {
        try await withFeed { feed in
            let numbers = (1...3).map { NHSNumber.sample($0) }
            try await feed.store.load(patients: [
                PatientRegistration(nhsNumber: numbers[0], practice: nil, supersededBy: numbers[1]),
                PatientRegistration(nhsNumber: numbers[1], practice: nil, supersededBy: numbers[2]),
            ])
            try await feed.apply(
                SampleFeed(
                    [
                        SampleFeed.Row("a", "new", [.nhsNumber: numbers[0].digits]),
                        SampleFeed.Row("b", "new", [.nhsNumber: "", .personPostcode: "LS8 4ED"]),
                    ],
                    number: 1
                )
            )
            let other = NHSNumber.sample(9)
            try await feed.apply(SampleFeed([SampleFeed.Row("b", "update", [.nhsNumber: other.digits])], number: 2))
            // As a record may be that came over an API.
            try await feed.pool.query(
                """
                UPDATE immunization_version SET resource = convert_to(replace(convert_from(resource, 'UTF8'),
                    '"postalCode":"LS8 4ED"', '"city":"Leeds"'), 'UTF8')
                """
            )
            try await feed.writeRuns(1)
            let rows = try feed.rows(of: try #require(try feed.reader.manifests().first))
            let a = try #require(rows.first { $0.record.string(.uniqueID) == "a" })
            #expect(a.record.string(.nhsNumber) == numbers[2].digits)
            let b = rows.filter { $0.record.string(.uniqueID) == "b" }
            #expect(b.map(\.action) == [.new, .update])
            #expect(b.map { $0.record.string(.nhsNumber) } == ["", other.digits])
            try #require(b.count == 2)
            #expect(b[0].record.string(.personPostcode) == "ZZ99 3CZ" && b[0].record.string(.locationCode) == "X99999")
        }
    }

    @Test("N-04, TN-13: rows of suppliers that are not echoed have no number, runs go on without a gap")
    func skippedSuppliers() async throws {
        try await withFeed { feed in
            try await feed.store.seed(.builtIn)
            try await feed.apply(SampleFeed([SampleFeed.Row("ours")], number: 1))
            try await feed.writeRuns(1)
            try await feed.apply(SampleFeed([SampleFeed.Row("theirs")], from: "DPSFULL", number: 2))
            try await feed.writeRuns(2)
            try await feed.apply(SampleFeed([SampleFeed.Row("ours again")], number: 3))
            try await feed.writeRuns(3)
            let manifests = try feed.reader.manifests()
            #expect(manifests.map(\.totals.rows) == [1, 0, 1] && manifests.map(\.sequence) == [1, 2, 3])
            #expect(manifests.map(\.toEvent) == [1, 1, 2])
            try await feed.operators("herald nis full").requestFullExtract(by: "op", reason: "a test")
            try await running([feed.courier(feed.store)]) { try await eventually { try await feed.runs() == 4 } }
            let full = try #require(try feed.reader.manifests().last)
            #expect(try feed.rows(of: full).map { $0.record.string(.uniqueID) }.sorted() == ["ours", "ours again"])
        }
    }
}

extension NationalFeed {
    /// Every live record by its id: the content of its rows.
    func records() async throws -> [String: String] {
        let rows = try await pool.query(
            """
            SELECT i.unique_id, convert_from(v.resource, 'UTF8') AS content FROM immunization i
            JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change WHERE NOT i.deleted
            """
        )
        return try Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let resource = try JSONValue(parsing: Array(try row.decode("content", as: String.self).utf8))
                let flat = ImmunizationFlattener.flatten(resource, action: .new).flat
                return (
                    try row.decode("unique_id", as: String.self),
                    FeedColumn.allCases.map { flat.string($0) }.joined(separator: "|")
                )
            }
        )
    }
}

/// Lends an intake on a second, empty database: another Herald.
private func withAnotherDatabase<Value: Sendable>(
    _ body: @Sendable (Intake) async throws -> Value
) async throws -> Value {
    let server = try await ScratchServer.shared()
    let (name, url) = try await server.makeDatabase(migrations: SchemaMigrations.all)
    let value = try await ScratchDatabase.$url.withValue(url) {
        try await ScratchDatabase.withStore(named: "another") { store, pool in
            try await body(Intake(store: store, pool: pool))
        }
    }
    try await server.dropDatabase(name)
    return value
}
