import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

/// Suppliers, types and permissions as data that changes while hubs run (`csv-feed.md` §2).
@Suite(.herald, .timeLimit(.minutes(1))) struct ReferenceStoreTests {
    @Test func aNewInstallationGoesByTheBuiltInTables() async throws {
        try await withIntake { intake in
            let data = try await intake.store.reference()
            #expect(data.generation == 0)
            #expect(data.suppliers == .builtIn)
        }
    }

    @Test func onlyTheFirstDataAreTakenAsASeed() async throws {
        try await withIntake { intake in
            #expect(try await intake.store.seed(.builtIn))
            let stored = try await intake.store.reference()
            #expect(stored.generation == 1)
            #expect(stored.suppliers == .builtIn)
            #expect(stored.vaccineTypes.all == VaccineTypes.builtIn.all)
            var other = ReferenceData.builtIn
            other.suppliers = try Suppliers([])
            #expect(try await intake.store.seed(other) == false)
            #expect(try await intake.store.reference().suppliers == .builtIn)
        }
    }

    @Test func anotherProcessSeesAChangeWithItsNextQuestion() async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            try await ScratchDatabase.withStore(named: "other") { other, _ in
                _ = try await other.reference()
                let difference = try await intake.change { try $0.permitting("EMIS", "FLU", .read) }
                #expect(difference.lines == ["~ supplier EMIS: permission FLU.CRUDS is now FLU.R"])
                let seen = try await other.reference()
                #expect(seen.generation == 2)
                #expect(seen.suppliers.supplier(named: "EMIS")?.permissions["FLU"] == .read)
            }
        }
    }

    @Test func aTrialAndARefusalLeaveEverythingAsItWas() async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            let trial = try await intake.store.changeReference(by: "test", removesUsed: false, isTrial: true) {
                var data = $0
                data.suppliers = try Suppliers([])
                return data
            }
            #expect(trial.removedSuppliers.count == Suppliers.builtIn.all.count)
            await #expect(throws: ReferenceError.self) {
                try await intake.change { try $0.permitting("EMIS", "NOTHING", .all) }
            }
            #expect(try await intake.store.reference().generation == 1)
            #expect(try await intake.store.reference().suppliers == .builtIn)
        }
    }

    @Test func whatFilesReferToIsRemovedOnlyWhenTold() async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            let id = try await intake.receive(SampleFeed([SampleFeed.Row("1")]))
            let without: @Sendable (ReferenceData) throws -> ReferenceData = { data in
                var data = data
                data.suppliers = try Suppliers(data.suppliers.all.filter { $0.name != "EMIS" })
                return data
            }
            await #expect(throws: ReferenceError(faults: ["supplier EMIS cannot be removed: 1 of its files are kept"]))
            {
                try await intake.change(without)
            }
            _ = try await intake.store.changeReference(by: "test", removesUsed: true, isTrial: false, without)
            try await running([Intake.worker(intake.store)]) {
                let summary = try await intake.finished(id)
                #expect(summary.status == .failed)
                #expect(summary.reason?.contains("not configured any more") == true)
            }
        }
    }

    @Test func aFileIsCheckedByTheDataOfTheMomentItArrives() async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            _ = try await intake.change { try $0.permitting("EMIS", "FLU", .read) }
            let refused = await #expect(throws: FeedRefused.self) {
                try await intake.receive(SampleFeed([SampleFeed.Row("1")]))
            }
            #expect(refused?.error == .noActionPermitted(supplier: "EMIS"))
            _ = try await intake.change { try $0.permitting("EMIS", "FLU", .create) }
            let summary = try await intake.apply(SampleFeed([SampleFeed.Row("1"), SampleFeed.Row("1", "delete")]))
            #expect(summary.counts.created == 1)
            #expect(summary.counts.rejected == 1)
        }
    }

    @Test func aClientSendsOnlyFilesOfSuppliersItActsFor() async throws {
        try await withIntake { intake in
            let receiver = FeedReceiver(store: intake.store)
            let (body, continuation) = AsyncStream<[UInt8]>.makeStream()
            continuation.finish()
            let refused = await #expect(throws: FeedRefused.self) {
                try await receiver.receive(
                    named: SampleFeed([]).name,
                    from: FeedSender("a-client", actingFor: ["TPP"]),
                    body
                )
            }
            #expect(refused?.error == .notActingFor(sender: "a-client", supplier: "EMIS"))
            let summary = try #require(try await intake.store.summaries(limit: 1).first)
            #expect(summary.status == .unauthorised)
        }
    }
}

extension Intake {
    @discardableResult
    func change(
        _ change: @Sendable (ReferenceData) throws -> ReferenceData
    ) async throws -> ReferenceDifference {
        try await store.changeReference(by: "test", removesUsed: false, isTrial: false, change)
    }
}

extension ReferenceData {
    /// The same data with one supplier's permission for one type changed.
    func permitting(_ supplier: String, _ type: String, _ permissions: FeedPermissions) throws -> ReferenceData {
        var data = self
        data.suppliers = try Suppliers(
            suppliers.all.map { entry in
                entry.name == supplier ? entry.permitted(entry.permissions.merging([type: permissions]) { $1 }) : entry
            }
        )
        return data
    }
}
