import HeraldTestKit
import FHIR
import Feeds
import Foundation
import Testing
import Vaccination

/// Damaged Immunizations: never a crash, the same findings each time, and what is accepted can be stored and sent on.
@Suite(.timeLimit(.minutes(30))) struct ImmunizationFuzzTests {
    @Test func damagedImmunizationsAreJudgedTheSameEachTime() async throws {
        let settings = FuzzSettings(inputs: 30_000)
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent],
            "replay with HERALD_FUZZ_SEED=\(settings.seed) HERALD_FUZZ_INPUTS=\(settings.inputs)"
        ) { [settings = settings as FuzzSettings] in
            try Self.run(settings)
        }
        print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self).trimmingCharacters(in: .newlines))
    }

    private static func run(_ settings: FuzzSettings) throws {
        let start = ContinuousClock.now
        var random = SplitMix(seed: 7)
        let mutator = ImmunizationMutator(sources: try (0..<40).map { _ in try source(using: &random) })
        var counts = (json: 0, accepted: 0)
        for input in 0..<settings.inputs {
            var random = settings.random(of: input)
            let document = mutator.document(using: &random)
            guard let resource = try? JSONValue(parsing: document) else { continue }
            counts.json += 1
            if let fault = fault(of: resource, isAccepted: &counts.accepted) {
                fatalError("input \(input) of seed \(settings.seed): \(fault)")
            }
        }
        print(
            "fuzzed \(settings.inputs) Immunizations from seed \(settings.seed) in \(ContinuousClock.now - start): "
                + "\(counts.json) JSON, \(counts.accepted) accepted"
        )
        precondition(counts.accepted > settings.inputs / 100, "hardly any input is accepted")
    }

    private static let validator = ImmunizationValidator(vaccineTypes: .builtIn, now: SampleIntake.now)

    private static func source(using random: inout SplitMix) throws -> JSONValue {
        let flat = GeneratedRow(using: &random).sent
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(
            VaccinationRecord(
                flat: flat,
                vaccineType: SampleRow.flu,
                id: RecordID(RecordIdentifier(system: "s", value: "v")),
                nhsNumber: nil,
                occurrence: 0
            ),
            into: &bytes
        )
        return try JSONValue(parsing: bytes)
    }

    private static func fault(of resource: JSONValue, isAccepted: inout Int) -> String? {
        switch (validator.check(resource), validator.check(resource)) {
        case (.rejected(let findings), .rejected(let again)):
            guard findings == again else { return "found differently the second time" }
            guard findings.contains(where: { $0.severity == .error }) else { return "rejected for nothing" }
            guard findings.allSatisfy({ !$0.text.isEmpty && $0.advice.hasSuffix(".") }) else { return "no advice" }
            return findings.count < 1_000 ? nil : "\(findings.count) findings"
        case (.accepted(let record, let warnings), .accepted(_, let again)):
            isAccepted += 1
            return warnings == again ? fault(of: record) : "warned differently the second time"
        default:
            return "accepted once and rejected once"
        }
    }

    /// An accepted resource is written with its id, read again, accepted again, and flattens without an error.
    private static func fault(of record: VaccinationRecord) -> String? {
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(record, id: record.id, version: 1, lastUpdated: "2026-01-01T00:00:00.000Z", into: &bytes)
        guard let stored = try? JSONValue(parsing: bytes) else { return "stored as no JSON" }
        guard case .accepted(let again, _) = validator.check(stored) else { return "the stored form is rejected" }
        guard again.id == record.id, again.flat == record.flat else { return "stored as another record" }
        let flattened = ImmunizationFlattener.flatten(stored, action: .new)
        guard flattened.errors.isEmpty else { return "does not flatten: \(flattened.errors)" }
        let missing = FeedColumn.allCases.filter { $0.isMandatory && flattened.flat.isEmpty($0) }
        return missing.isEmpty ? nil : "flattens without \(missing)"
    }
}
