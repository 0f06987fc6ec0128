import Crypto
package import Foundation
import Vaccination

/// Takes uploads in: checks the name, streams the content into durable storage, and only then says that it has it.
package struct FeedReceiver<Store: FeedStore>: Sendable {
    private let store: Store
    private let limits: FeedLimits
    private let makeID: @Sendable () -> UUID

    package init(
        store: Store,
        limits: FeedLimits = FeedLimits(),
        makeID: @escaping @Sendable () -> UUID = { UUID() }
    ) {
        self.store = store
        self.limits = limits
        self.makeID = makeID
    }

    /// Receives one file.
    ///
    /// When this returns, the whole content is committed and the feed is queued. Memory stays at one chunk, whatever the size
    /// of the body.
    ///
    /// - Parameters:
    ///   - name: The file's name as sent; the vaccine type and the supplier are read from it.
    ///   - sender: Who sends it.
    ///   - body: The content, in pieces of any size.
    /// - Returns: The feed's id.
    /// - Throws: ``FeedRefused`` for a name or a size that cannot be taken, or a name that is taken already; any error of
    ///   `body` after the feed was marked as broken off.
    package func receive<Body: AsyncSequence>(
        named name: String,
        from sender: FeedSender,
        _ body: Body
    ) async throws -> FeedID where Body.Element: Collection<UInt8> {
        let id = FeedID(makeID())
        var feed = ReceivedFeed(id: id, name: name, client: sender.name)
        let reference = try await store.reference()
        do throws(FeedFileError) {
            let fileName = try FeedFileName(parsing: name, vaccineTypes: reference.vaccineTypes)
            feed.vaccineType = fileName.vaccineType.code
            feed.odsCode = fileName.odsCode.text
            let supplier = try reference.suppliers.supplier(sending: fileName)
            try sender.mustActFor(supplier)
            feed.supplier = supplier.name
            _ = try supplier.permissionsToSend(fileName.vaccineType)
        } catch {
            try await store.refuse(feed, status: error.status, reason: error.sentence)
            throw FeedRefused(id: id, error: error)
        }
        try await store.begin(feed)
        do {
            let content = try await keep(body, of: id)
            try await store.complete(id, content: content)
            return id
        } catch let error as FeedFileError {
            try await store.abandon(id, status: error.status, reason: error.sentence)
            throw FeedRefused(id: id, error: error)
        } catch {
            // Best effort: if the database is what failed, the feed is marked when its upload lease has run out.
            try? await store.abandon(id, status: .failed, reason: "The upload broke off. Send the file again.")
            throw error
        }
    }

    private func keep<Body: AsyncSequence>(
        _ body: Body,
        of id: FeedID
    ) async throws -> ReceivedContent where Body.Element: Collection<UInt8> {
        var detector = FeedEncodingDetector()
        var hash = SHA256()
        var buffer: [UInt8] = []
        buffer.reserveCapacity(FeedChunk.size)
        var written: Int64 = 0
        var chunk = 0
        func flush() async throws {
            try await store.append(buffer, chunk: chunk, start: written, to: id)
            written += Int64(buffer.count)
            chunk += 1
            buffer.removeAll(keepingCapacity: true)
        }
        for try await piece in body {
            var rest = piece[...]
            while !rest.isEmpty {
                let part = rest.prefix(FeedChunk.size - buffer.count)
                let start = buffer.count
                buffer.append(contentsOf: part)
                buffer[start...].withUnsafeBytes {
                    detector.consume($0)
                    hash.update(bufferPointer: $0)
                }
                rest = rest.dropFirst(part.count)
                guard written + Int64(buffer.count) <= limits.fileBytes else {
                    throw FeedFileError.fileTooLarge(limit: limits.fileBytes)
                }
                if buffer.count == FeedChunk.size { try await flush() }
            }
        }
        if !buffer.isEmpty { try await flush() }
        return ReceivedContent(bytes: written, sha256: Array(hash.finalize()), encoding: detector.finish())
    }
}

/// A file that is not taken, and why.
package struct FeedRefused: Error {
    /// Under which id the refusal is on file.
    package let id: FeedID
    package let error: FeedFileError
}
