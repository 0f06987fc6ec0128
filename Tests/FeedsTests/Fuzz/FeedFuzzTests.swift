import HeraldTestKit
import Feeds
import Foundation
import Testing

/// Damaged files: never a crash, never a hang, every row with its outcome, no more memory than at the start.
@Suite(.timeLimit(.minutes(30))) struct FeedFuzzTests {
    /// In a process of its own, whose end by a signal is a failure and whose memory is its own.
    @Test func damagedFilesLoseNoRowAndNoMemory() async throws {
        let settings = FuzzSettings(inputs: 100_000)
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
        let mutator = FeedMutator(sources: try sources())
        var rows = 0
        var memory = 0
        for input in 0..<settings.inputs {
            var random = settings.random(of: input)
            let file = FuzzedFile(bytes: mutator.file(using: &random))
            let faults = file.faults(using: &random)
            guard faults.isEmpty else {
                fatalError("input \(input) of seed \(settings.seed): \(faults.joined(separator: "; "))")
            }
            rows += 1
            if input == settings.inputs / 10 { memory = greatestResidentMemory() }
        }
        let growth = greatestResidentMemory() - memory
        print(
            "fuzzed \(rows) files from seed \(settings.seed) in \(ContinuousClock.now - start), \(growth) KiB more memory"
        )
        precondition(growth < 32 << 10, "memory grew by \(growth) KiB")
    }

    /// Header and a few rows of each sample that has them, so that an input is quick to read.
    private static func sources() throws -> [[UInt8]] {
        try SampleManifest.shared.get().files.flatMap { sample -> [[UInt8]] in
            let lines = try Fixture.bytes("csv/\(sample.file)").split(separator: UInt8(ascii: "\n"))
            guard sample.infAck == "Success", lines.count > 1 else {
                return [Array(lines.joined(separator: [10]).prefix(3_000))]
            }
            return stride(from: 1, to: min(lines.count, 12), by: 3).map { first in
                Array(([lines[0]] + lines[first..<min(lines.count, first + 3)]).joined(separator: [10])) + [10]
            }
        }
    }
}
