import Foundation

/// A file's content, a megabyte at a time.
struct FileChunks: AsyncSequence {
    let path: String

    func makeAsyncIterator() -> Iterator { Iterator(path: path) }

    struct Iterator: AsyncIteratorProtocol {
        let path: String
        private var handle: FileHandle?

        init(path: String) { self.path = path }

        mutating func next() async throws -> Data? {
            let handle = try self.handle ?? FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            self.handle = handle
            guard let data = try handle.read(upToCount: FeedChunk.size), !data.isEmpty else { return nil }
            return data
        }
    }
}
