import Feeds
import Testing
import Vaccination

/// A feed taken from its name to its last row, with a dictionary for a store.
struct SampleIntake {
    struct Outcome {
        var localID = ""
        var effect: RowEffect?
        var version: Int32 = 0
        var failure: RowFailure?
    }

    var encoding: FeedEncoding?
    var fileError: FeedFileError?
    var outcomes: [Outcome] = []
    private var store: [RecordIdentifier: RecordState] = [:]

    /// Not after any date the samples treat as future, and after all they treat as past: 2026-01-01 UTC.
    static let now: Int64 = 1_767_225_600_000_000

    init(name: String, bytes: [UInt8], limits: FeedLimits = FeedLimits()) {
        do throws(FeedFileError) {
            let name = try FeedFileName(parsing: name, vaccineTypes: .builtIn)
            let (_, permissions) = try Suppliers.builtIn.admit(name)
            var detector = FeedEncodingDetector()
            detector.consume(bytes)
            let encoding = detector.finish()
            self.encoding = encoding
            let checker = RowChecker(vaccineType: name.vaccineType, permissions: permissions, now: Self.now)
            let result = readFeed(bytes, encoding: encoding, limits: limits)
            for record in result.records { take(record, checker) }
            if let error = result.error { throw error }
        } catch {
            fileError = error
        }
    }

    private mutating func take(_ record: FeedRecord, _ checker: RowChecker) {
        var outcome = Outcome()
        switch checker.check(record) {
        case .rejected(let findings, let identifier):
            outcome.localID = RowFailure.localID(of: identifier)
            outcome.failure = RowFailure(rowNumber: record.rowNumber, identifier: identifier, findings: findings)
        case .accepted(let row, _):
            let identifier = row.identifier
            outcome.localID = RowFailure.localID(of: identifier)
            let state = store[identifier] ?? .unknown
            let effect = RowEffect.decide(row.action, on: state, identifier: identifier)
            if case .rejected(let finding) = effect {
                outcome.failure = RowFailure(rowNumber: record.rowNumber, identifier: identifier, findings: [finding])
            } else {
                store[identifier] = state.after(effect)
                outcome.effect = effect
                outcome.version = state.after(effect).version
            }
        }
        outcomes.append(outcome)
    }
}
