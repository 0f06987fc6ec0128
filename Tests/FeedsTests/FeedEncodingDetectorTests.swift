import HeraldTestKit
import Feeds
import Testing

@Suite struct FeedEncodingDetectorTests {
    private func detect(_ bytes: [UInt8], size: Int) -> FeedEncoding {
        var detector = FeedEncodingDetector()
        var index = 0
        while index < bytes.count {
            let end = min(bytes.count, index + size)
            detector.consume(Array(bytes[index..<end]))
            index = end
        }
        return detector.finish()
    }

    @Test func agreesWithTheStandardLibraryOnRandomBytesInEveryChunking() {
        var random = SplitMix(seed: 1)
        let pieces: [[UInt8]] = [
            Array("plain text, long enough for the wide steps of the search".utf8), Array("é".utf8), Array("€".utf8),
            Array("😀".utf8), [0xC0, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5], [0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xFF],
        ]
        for _ in 0..<4_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                // Mostly the valid pieces, else hardly any sample would be UTF-8 throughout.
                bytes += pieces[Int.random(in: 0..<(Bool.random(using: &random) ? 4 : pieces.count), using: &random)]
            }
            let expected: FeedEncoding = String(validating: bytes, as: UTF8.self) == nil ? .windows1252 : .utf8
            for size in [1, 2, 3, 7, 1_000] {
                #expect(detect(bytes, size: size) == expected, "\(bytes)")
            }
        }
    }

    @Test func everySingleByteIsJudgedRightWhereverItStands() {
        for byte in UInt8.min...UInt8.max {
            for position in [0, 1, 31, 32, 33, 63, 64] {
                var bytes = [UInt8](repeating: 0x20, count: 65)
                bytes[position] = byte
                #expect(detect(bytes, size: 65) == (byte < 0x80 ? .utf8 : .windows1252))
            }
        }
    }

    @Test func theLastByteCanStillMakeItWindows1252() {
        #expect(detect(Array(repeating: 0x41, count: 5_000) + [0xE9], size: 1_000) == .windows1252)
        #expect(detect([], size: 1) == .utf8)
    }
}
