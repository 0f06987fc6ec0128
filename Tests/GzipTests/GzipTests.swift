import Foundation
import Gzip
import Testing

@Suite struct GzipTests {
    /// Text that compresses as feeds do.
    private static func sample(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 65...80, using: &generator) }
    }

    private func inflate(_ bytes: [UInt8], limits: GzipLimits = GzipLimits(), pieces: Int = 1000) throws -> [UInt8] {
        let inflater = try GzipInflater(limits: limits)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            inflater.feed(bytes[start..<min(start + pieces, bytes.count)])
            while let piece = try inflater.next() {
                #expect(!piece.isEmpty && piece.count <= 64 << 10)
                output += piece
            }
        }
        try inflater.finish()
        return output
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000], [1, 7, 4096, 10_000_000])
    func whatWasCompressedComesBack(size: Int, pieces: Int) throws {
        let bytes = Self.sample(size)
        #expect(try inflate(GzipDeflater.gzip(bytes), pieces: pieces) == bytes)
    }

    @Test func severalFilesInARowAreOneContent() throws {
        let first = Self.sample(100_000)
        let second = Self.sample(100)
        let both = try GzipDeflater.gzip(first) + GzipDeflater.gzip(second)
        #expect(try inflate(both) == first + second)
    }

    @Test func gzipOfAnotherProgramIsRead() throws {
        // printf hello | gzip -n
        let bytes: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
            0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
        ]
        #expect(try inflate(bytes) == Array("hello".utf8))
    }

    @Test func contentThatEndsEarlyIsTruncatedWhereverItEnds() throws {
        let bytes = try GzipDeflater.gzip(Self.sample(2000))
        for end in 0..<bytes.count {
            #expect(throws: GzipError.truncated) { try inflate(Array(bytes[..<end])) }
        }
    }

    @Test func otherBytesAreDamaged() throws {
        #expect(throws: GzipError.damaged) { try inflate(Array("NHS_NUMBER|PERSON_FORENAME".utf8)) }
        let good = try GzipDeflater.gzip(Self.sample(2000))
        #expect(throws: GzipError.damaged) { try inflate(good + Array("behind the end".utf8)) }
        var flipped = good
        flipped[flipped.count - 6] ^= 1
        #expect(throws: GzipError.damaged) { try inflate(flipped) }
    }

    @Test func aBombIsRefusedBeforeItHasExpanded() throws {
        let bomb = try GzipDeflater.gzip([UInt8](repeating: 0, count: 100 << 20))
        #expect(bomb.count < 200_000)
        #expect(throws: GzipError.tooDense(limit: 400)) { try inflate(bomb) }
        #expect(throws: GzipError.tooLarge(limit: 1 << 19)) { try inflate(bomb, limits: GzipLimits(bytes: 1 << 19)) }
    }

    @Test func aStreamIsDecompressedAsItComes() async throws {
        let bytes = Self.sample(300_000)
        let compressed = try GzipDeflater.gzip(bytes)
        let stream = AsyncStream<[UInt8]> { continuation in
            for start in stride(from: 0, to: compressed.count, by: 999) {
                continuation.yield(Array(compressed[start..<min(start + 999, compressed.count)]))
            }
            continuation.finish()
        }
        var output: [UInt8] = []
        for try await piece in GunzippedBytes(stream) { output += piece }
        #expect(output == bytes)
    }
}
