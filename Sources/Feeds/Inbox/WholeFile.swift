import Foundation

/// Files that are there as a whole or not at all, for those who look into a folder.
package enum WholeFile {
    /// Writes pieces under a hidden name, makes them durable, and gives them their name.
    ///
    /// - Parameters:
    ///   - pieces: The content.
    ///   - path: The file; one that is there already is replaced.
    /// - Throws: What `pieces` or the file system throws; nothing is left then.
    package static func write<Pieces: AsyncSequence>(
        _ pieces: Pieces,
        to path: String
    ) async throws where Pieces.Element == [UInt8] {
        let url = URL(fileURLWithPath: path)
        let part = url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).\(UUID().uuidString).part"
        )
        do {
            guard FileManager.default.createFile(atPath: part.path, contents: nil) else {
                throw CocoaError(.fileWriteUnknown)
            }
            let handle = try FileHandle(forWritingTo: part)
            for try await piece in pieces { try handle.write(contentsOf: piece) }
            try handle.synchronize()
            try handle.close()
            guard rename(part.path, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(at: part)
            throw error
        }
    }
}
