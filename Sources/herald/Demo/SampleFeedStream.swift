package import Foundation

/// A feed of any length for benchmarks and tests: NEW rows only, each with an identifier of its own, in chunks.
///
/// All rows are valid, or an even share of them has an NHS number whose check digit is wrong.
///
/// The bytes follow from the arguments alone. Memory is bounded by one chunk and some tables, whatever the number of
/// rows: who a patient is, is worked out from the number. The same patient comes up once every `population` rows.
package struct SampleFeedStream: Sequence, Sendable {
    package typealias Element = [UInt8]

    let vaccine: SampleVaccine
    let rows: Int
    let seed: UInt64
    let today: SampleDay
    let population: Int
    let invalidPercent: Int
    let chunkSize: Int

    /// Describes a feed; nothing is made until it is iterated.
    ///
    /// - Parameters:
    ///   - vaccine: What was given.
    ///   - rows: The number of data rows.
    ///   - seed: Feeds of different seeds, or of different vaccine types, have no unique id in common.
    ///   - now: Every vaccination lies on one of the 200 days before.
    ///   - population: How many patients the rows are about, at most 800,000; by default a third of the rows.
    ///   - invalidPercent: How many rows in a hundred are wrong, 0 to 100.
    ///   - chunkSize: The least number of bytes in a chunk but the last.
    package init(
        vaccine: SampleVaccine = .flu,
        rows: Int,
        seed: UInt64,
        now: Date,
        population: Int? = nil,
        invalidPercent: Int = 0,
        chunkSize: Int = 256 * 1024
    ) {
        self.vaccine = vaccine
        self.rows = rows
        self.seed = seed
        today = SampleDay(now)
        self.population = Swift.max(1, Swift.min(population ?? rows / 3, 800_000))
        self.invalidPercent = Swift.max(0, Swift.min(invalidPercent, 100))
        self.chunkSize = chunkSize
    }

    /// How many of the rows are wrong.
    package var invalidRows: Int { rows * invalidPercent / 100 }

    /// Whether a row, counted from 0, is one of the wrong ones, which are spread evenly.
    func isInvalid(_ row: Int) -> Bool {
        (row + 1) * invalidPercent / 100 > row * invalidPercent / 100
    }

    /// A name the feed can be uploaded under; feeds of different seeds below 3,600 have different ones.
    package var fileName: String {
        let seconds = Int(seed % 3_600)
        let time = 180_000 + seconds / 60 * 100 + seconds % 60
        return SampleFeeds.fileName(for: vaccine, sentOn: today - 1, time: time)
    }

    package func makeIterator() -> Iterator {
        Iterator(self)
    }
}
