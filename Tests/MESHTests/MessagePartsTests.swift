import Foundation
import Gzip
import HeraldTestKit
import Testing

@testable import MESH

@Suite struct MessagePartsTests {
    private func configuration(_ chunkBytes: Int, _ compressedFrom: Int) throws -> MESHConfiguration {
        var configuration = MESHConfiguration(
            url: "https://localhost",
            credentials: MailboxCredentials(mailbox: try #require(MailboxID("A")), password: "", sharedKey: "")
        )
        configuration.chunkBytes = chunkBytes
        configuration.compressedFrom = compressedFrom
        return configuration
    }

    private func inflate(_ bytes: some Collection<UInt8>) throws -> [UInt8] {
        let inflater = try GzipInflater()
        inflater.feed(bytes)
        var content: [UInt8] = []
        while let piece = try inflater.next() { content += piece }
        try inflater.finish()
        return content
    }

    @Test("compressed chunks keep to their size, and are gzip each and together", arguments: [400_000, 1_000_000])
    func compressed(chunkBytes: Int) throws {
        let text = sampleText(3_000_000, seed: 5)
        var writer = MessagePartsWriter(try configuration(chunkBytes, 10_000))
        for start in stride(from: 0, to: text.count, by: 70_001) {
            try writer.write(Array(text[start..<min(start + 70_001, text.count)]))
        }
        let parts = writer.finish()
        #expect(parts.isCompressed && parts.chunks.count > 2)
        for chunk in parts.chunks.dropLast() {
            // Every chunk but the last has to be larger than a quarter of the largest: 5 MB of 19 (`mesh.md` §6).
            #expect(chunk.count <= chunkBytes && chunk.count > chunkBytes / 4)
        }
        #expect(try parts.chunks.flatMap { try inflate($0.read()) } == text)
        #expect(try inflate(parts.chunks.flatMap { try $0.read() }) == text)
    }

    @Test(arguments: [0, 1, 9_999, 10_000]) func whatIsSmallIsSentAsItIs(_ size: Int) throws {
        var writer = MessagePartsWriter(try configuration(1 << 20, 10_000))
        try writer.write(sampleText(size))
        let parts = writer.finish()
        #expect(!parts.isCompressed)
        #expect(try parts.chunks.map { Array(try $0.read()) } == [sampleText(size)])
    }

    @Test func plainChunksAreCutAtTheirSize() throws {
        var writer = MessagePartsWriter(try configuration(1000, .max))
        try writer.write(sampleText(2500))
        #expect(writer.finish().chunks.map(\.count) == [1000, 1000, 500])
    }

    @Test("a file's body lies compressed in another file, in the same chunks as from memory")
    func filesAreCompressedIntoFiles() throws {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = sampleText(3_000_000, seed: 6)
        _ = FileManager.default.createFile(atPath: folder + "/content", contents: Data(text))
        let configuration = try configuration(400_000, 10_000)
        let parts = try MessageParts.compressing(folder + "/content", into: folder + "/spool", configuration)
        #expect(parts.isCompressed && parts.chunks.count > 2)
        #expect(parts.chunks.allSatisfy { if case .file = $0 { true } else { false } })
        for chunk in parts.chunks.dropLast() { #expect(chunk.count <= 400_000 && chunk.count > 100_000) }
        #expect(try parts.chunks.flatMap { try inflate($0.read()) } == text)
        #expect(FileManager.default.contents(atPath: folder + "/spool")?.count == parts.count)
        try FileManager.default.removeItem(atPath: folder + "/spool")
        #expect(throws: MESHError.unusableBody(folder + "/spool")) { try parts.chunks[0].read() }
        #expect(throws: MESHError.unusableBody(folder + "/none")) {
            try MessageParts.compressing(folder + "/none", into: folder + "/spool", configuration)
        }
    }
}
