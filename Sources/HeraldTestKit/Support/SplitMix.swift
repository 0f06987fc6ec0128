/// A small generator with a seed, so that a failing case can be run again (SplitMix64).
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    /// The same numbers for the same seed.
    package init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of a range.
    package mutating func number(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Whether something happens that happens so often out of a hundred.
    package mutating func chance(_ percent: Int) -> Bool { number(in: 1...100) <= percent }

    /// One of the choices, of which there must be some.
    package mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: number(in: 0...(choices.count - 1)))]
    }
}
