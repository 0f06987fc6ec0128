import Foundation

/// How much is fuzzed, and from which seed; the environment says so.
///
/// `HERALD_FUZZ_INPUTS` sets the number of inputs. A run says its seed where it fails: `HERALD_FUZZ_SEED` runs the same
/// inputs again.
package struct FuzzSettings: Codable, Sendable {
    package var inputs: Int
    package var seed: UInt64

    /// - Parameter inputs: How many there are if the environment says nothing.
    package init(inputs: Int) {
        let environment = ProcessInfo.processInfo.environment
        self.inputs = environment["HERALD_FUZZ_INPUTS"].flatMap(Int.init) ?? inputs
        seed = environment["HERALD_FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999_999)
    }

    /// The random numbers of one input, the same whichever others are run.
    package func random(of input: Int) -> SplitMix {
        var random = SplitMix(seed: seed &* 0x9E37_79B9 &+ UInt64(input))
        return SplitMix(seed: random.next())
    }
}

/// The greatest memory this process has had so far, in KiB; 0 where the system does not say.
package func greatestResidentMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}
