import HeraldTestKit
import Feeds

/// Damages a valid file in the ways files get damaged, and in some that only an attacker thinks of.
struct FeedMutator {
    /// Valid files, each a header and some rows.
    private let sources: [[UInt8]]

    init(sources: [[UInt8]]) { self.sources = sources }

    private static let pieces: [[UInt8]] =
        [
            "\"", "\"\"", "|", "||||", "\r", "\n", "\r\n", "\n\n\n", " ", "\\", "\"x\"", "\"y|z\n\"", "\0", "NEW",
            "delete",
            "\u{FEFF}", "é", "€", "😀", "\u{3000}", "99999999999999999999", "-", "2025-13-45", "\u{1}",
        ].map { Array($0.utf8) } + [[0x81], [0x8D], [0xC3], [0xE2, 0x82], [0xF0, 0x9F], [0xFF], [0xED, 0xA0, 0x80]]

    /// One damaged file.
    func file(using random: inout SplitMix) -> [UInt8] {
        var file = random.pick(sources)
        for _ in 0..<Int.random(in: 0...5, using: &random) { mutate(&file, using: &random) }
        return file
    }

    private func mutate(_ file: inout [UInt8], using random: inout SplitMix) {
        guard let index = file.indices.randomElement(using: &random) else { return }
        // Most of a small file is its header; its rows are to be hit as well.
        let place = random.chance(60) ? index : max(index, file.count - Int.random(in: 1...400, using: &random))
        let end = min(file.count, place + Int.random(in: 1...60, using: &random))
        switch Int.random(in: 0..<16, using: &random) {
        case 0: file[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: file[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2, 3, 4: file.insert(contentsOf: random.pick(Self.pieces), at: place)
        case 5: file.removeSubrange(place..<end)
        case 6: file.insert(contentsOf: file[place..<end], at: index)
        case 7: file.swapAt(place, index)
        case 8: file.removeLast(file.count - place)
        case 9: changeLines(&file, using: &random)
        case 10:
            let length = random.pick([FuzzedFile.limits.fieldBytes, FuzzedFile.limits.rowBytes, 300])
            let byte = random.pick([UInt8(ascii: "x"), UInt8(ascii: "\""), UInt8(ascii: "|"), 0xE9, 0])
            file.insert(
                contentsOf: [UInt8](repeating: byte, count: length + Int.random(in: -2...2, using: &random)),
                at: place
            )
        case 11: damageHeader(&file, using: &random)
        case 12: changeEncoding(&file, using: &random)
        case 13:
            let other = random.pick(sources)
            file.insert(
                contentsOf: other[..<Int.random(in: 0...other.count, using: &random)],
                at: random.pick([0, place, file.count])
            )
        case 14: replaceAll(&file, using: &random)
        default: changeField(&file, using: &random)
        }
    }

    /// A line twice, gone, or at another place.
    private func changeLines(_ file: inout [UInt8], using random: inout SplitMix) {
        var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
        let line = Int.random(in: 0..<lines.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: lines.insert(lines[line], at: Int.random(in: 0...lines.count, using: &random))
        case 1: lines.remove(at: line)
        default: lines.swapAt(line, Int.random(in: 0..<lines.count, using: &random))
        }
        file = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private func damageHeader(_ file: inout [UInt8], using random: inout SplitMix) {
        let end = file.firstIndex(of: UInt8(ascii: "\n")) ?? file.count
        switch Int.random(in: 0..<4, using: &random) {
        case 0: for index in 0..<end where (0x41...0x5A).contains(file[index]) { file[index] += 0x20 }
        case 1: for index in 0..<end where file[index] == UInt8(ascii: "|") { file[index] = UInt8(ascii: ",") }
        case 2: file.insert(contentsOf: [0xEF, 0xBB, 0xBF][..<Int.random(in: 1...3, using: &random)], at: 0)
        default: file.removeSubrange(0..<Int.random(in: 0...end, using: &random))
        }
    }

    private func changeEncoding(_ file: inout [UInt8], using random: inout SplitMix) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: file = [0xFF, 0xFE] + file.flatMap { [$0, 0] }
        case 1: file = file.map { $0 == UInt8(ascii: "e") ? 0xE9 : $0 }
        default: file = file.flatMap { $0 == UInt8(ascii: "e") ? [0xC3, 0xA9] : [$0] }
        }
    }

    private func replaceAll(_ file: inout [UInt8], using random: inout SplitMix) {
        let byte = random.pick([UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: "|")])
        let start = Int.random(in: 0...file.count, using: &random)
        let piece = random.pick(Self.pieces)
        file = Array(file[..<start]) + file[start...].prefix(3_000).flatMap { $0 == byte ? piece : [$0] }
    }

    /// Another value in the place of a field.
    private func changeField(_ file: inout [UInt8], using random: inout SplitMix) {
        guard let start = file.indices.randomElement(using: &random),
            let first = file[start...].firstIndex(of: UInt8(ascii: "|")),
            let second = file[(first + 1)...].firstIndex(of: UInt8(ascii: "|"))
        else { return }
        let value = random.pick(["", " ", "NEW", "20250101", "9990548609", "1", "0.5", "x\0", "\"\"", "\"a\"\"b\""])
        file.replaceSubrange((first + 1)..<second, with: value.utf8)
    }
}
