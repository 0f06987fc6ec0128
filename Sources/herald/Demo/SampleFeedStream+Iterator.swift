extension SampleFeedStream {
    /// Makes one chunk after another; the first begins with the header.
    ///
    /// A row is put together from ready-made pieces of bytes, so that the source is several times faster than any intake.
    package struct Iterator: IteratorProtocol {
        private let stream: SampleFeedStream
        private let pieces: SampleRowPieces
        private var numbers: SampleNHSNumbers
        private var row = 0
        private var hasBegun = false

        init(_ stream: SampleFeedStream) {
            self.stream = stream
            pieces = SampleRowPieces(stream)
            numbers = Self.firstNumbers(of: stream)
        }

        package mutating func next() -> [UInt8]? {
            guard row < stream.rows || !hasBegun else { return nil }
            var chunk: [UInt8] = []
            chunk.reserveCapacity(stream.chunkSize + 4_096)
            if !hasBegun {
                SampleFields.appendHeader(to: &chunk)
                hasBegun = true
            }
            while row < stream.rows, chunk.count < stream.chunkSize {
                if row % stream.population == 0 {
                    numbers = Self.firstNumbers(of: stream)
                }
                let number = numbers.nextValue()
                pieces.appendRow(row, nhsNumber: stream.isInvalid(row) ? Self.misspelt(number) : number, to: &chunk)
                row += 1
            }
            return chunk
        }

        /// The number with a wrong check digit.
        private static func misspelt(_ number: Int) -> Int { number % 10 == 9 ? number - 9 : number + 1 }

        private static func firstNumbers(of stream: SampleFeedStream) -> SampleNHSNumbers {
            SampleNHSNumbers(from: Int(SampleRandom.mix(stream.seed) % 1_000_000))
        }
    }
}
