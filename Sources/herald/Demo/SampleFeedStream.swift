package import Foundation

/// A feed of any length for benchmarks and tests: valid NEW rows only, each with an identifier of its own, in chunks.
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
    let chunkSize: Int

    /// Describes a feed; nothing is made until it is iterated.
    ///
    /// - Parameters:
    ///   - vaccine: What was given.
    ///   - rows: The number of data rows.
    ///   - seed: Feeds of different seeds, or of different vaccine types, have no unique id in common.
    ///   - now: Every vaccination lies on one of the 200 days before.
    ///   - population: How many patients the rows are about, at most 800,000; by default a third of the rows.
    ///   - chunkSize: The least number of bytes in a chunk but the last.
    package init(
        vaccine: SampleVaccine = .flu,
        rows: Int,
        seed: UInt64,
        now: Date,
        population: Int? = nil,
        chunkSize: Int = 256 * 1024
    ) {
        self.vaccine = vaccine
        self.rows = rows
        self.seed = seed
        today = SampleDay(now)
        self.population = Swift.max(1, Swift.min(population ?? rows / 3, 800_000))
        self.chunkSize = chunkSize
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
