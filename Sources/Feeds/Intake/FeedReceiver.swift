import Crypto
package import Foundation
import Gzip
import Vaccination

/// Takes uploads in: checks the name, streams the content into durable storage, and only then says that it has it.
///
/// Every way in ends here: HTTP, the watched folder, a mailbox.
package struct FeedReceiver<Store: FeedStore>: Sendable {
    private let store: Store
    private let limits: FeedLimits
    private let makeID: @Sendable () -> UUID
    private let metrics = FeedMetrics()

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
    /// When this returns, the whole content is committed and the feed is queued, or failed if its header is not one. Memory
    /// stays at one chunk, whatever the size of the body. Nothing of the body is read before the name, the supplier and its
    /// permissions are checked.
    ///
    /// - Parameters:
    ///   - id: The id it gets, where that is on file already.
    ///   - name: The file's name as sent; the vaccine type and the supplier are read from it.
    ///   - sender: Who sends it.
    ///   - key: The sender's own name for this upload. Sent again with the same content it gives the same feed again; an
    ///     upload that did not get to its end begins anew.
    ///   - isGzip: Whether the body is the content compressed with gzip; all limits are for the content.
    ///   - body: The content, in pieces of any size.
    /// - Returns: The feed's id.
    /// - Throws: ``FeedRefused`` for a name or content that cannot be taken, or a name that is taken already;
    ///   ``IdempotencyKeyReused``; ``UploadSuperseded``; any error of `body` after the feed was marked as broken off.
    @discardableResult
    package func receive<Body: AsyncSequence>(
        as id: FeedID? = nil,
        named name: String,
        from sender: FeedSender,
        key: String? = nil,
        isGzip: Bool = false,
        _ body: Body
    ) async throws -> FeedID where Body.Element: Collection<UInt8> {
        var feed = ReceivedFeed(id: id ?? FeedID(makeID()), name: name, client: sender.name, idempotencyKey: key)
        let reference = try await store.reference()
        let destination: Destination
        do throws(FeedFileError) {
            destination = try admit(&feed, of: sender, by: reference)
        } catch {
            try await store.refuse(feed, status: error.status, reason: error.sentence)
            metrics.finished(error.status)
            throw FeedRefused(id: feed.id, error: error)
        }
        if let key, let earlier = try await store.keptUpload(key, of: sender.name) {
            return try await replay(earlier, name: name, isGzip: isGzip, body)
        }
        if let earlier = try await store.holder(ofName: name) {
            try await store.refuse(feed, status: .duplicate, reason: FeedFileError.duplicateName.sentence)
            throw FeedRefused(id: feed.id, error: .duplicateName, earlier: earlier)
        }
        try await store.begin(feed)
        return try await keep(body, of: feed, isGzip: isGzip, for: destination)
    }

    /// What becomes of a file's content.
    private enum Destination { case rows, forwarding }

    /// Checks the name and who may send it, and notes what it says.
    private func admit(
        _ feed: inout ReceivedFeed,
        of sender: FeedSender,
        by reference: ReferenceData
    ) throws(FeedFileError) -> Destination {
        if let name = ExtendedAttributesFileName(parsing: feed.name) {
            let supplier = try admit(name.odsCode, &feed, of: sender, by: reference)
            try supplier.mustSendExtendedAttributes()
            return .forwarding
        }
        let name = try FeedFileName(parsing: feed.name, vaccineTypes: reference.vaccineTypes)
        feed.vaccineType = name.vaccineType.code
        let supplier = try admit(name.odsCode, &feed, of: sender, by: reference)
        _ = try supplier.permissionsToSend(name.vaccineType)
        return .rows
    }

    private func admit(
        _ odsCode: ODSCode,
        _ feed: inout ReceivedFeed,
        of sender: FeedSender,
        by reference: ReferenceData
    ) throws(FeedFileError) -> Supplier {
        feed.odsCode = odsCode.text
        let supplier = try reference.suppliers.supplier(sending: odsCode)
        try sender.mustActFor(supplier, as: odsCode)
        feed.supplier = supplier.name
        return supplier
    }

    private func keep<Body: AsyncSequence>(
        _ body: Body,
        of feed: ReceivedFeed,
        isGzip: Bool,
        for destination: Destination
    ) async throws -> FeedID where Body.Element: Collection<UInt8> {
        do {
            var header = FeedHeaderCheck(limits: limits)
            let content = try await read(body, isGzip: isGzip) { bytes, chunk, start in
                if destination == .rows { header.consume(bytes) }
                try await store.append(bytes, chunk: chunk, start: start, to: feed.id)
                metrics.kept(bytes: bytes.count)
            }
            let fault = destination == .rows ? header.finish() : nil
            let status: FeedStatus = destination == .forwarding ? .forwarding : fault == nil ? .queued : .failed
            try await store.complete(feed.id, content: content, status: status, reason: fault?.sentence)
            return feed.id
        } catch let error as FeedFileError {
            try await store.abandon(feed.id, status: error.status, reason: error.sentence)
            let earlier = error == .duplicateName ? try await store.holder(ofName: feed.name) : nil
            throw FeedRefused(id: feed.id, error: error, earlier: earlier)
        } catch {
            // Best effort: if the database is what failed, the feed is marked when its upload lease has run out.
            try? await store.abandon(feed.id, status: .failed, reason: "The upload broke off. Send the file again.")
            throw error
        }
    }

    /// Compares a body that is sent again with what was kept of it.
    private func replay<Body: AsyncSequence>(
        _ earlier: KeptUpload,
        name: String,
        isGzip: Bool,
        _ body: Body
    ) async throws -> FeedID where Body.Element: Collection<UInt8> {
        do {
            let content = try await read(body, isGzip: isGzip) { _, _, _ in }
            guard name == earlier.name, content.sha256 == earlier.sha256 else {
                throw IdempotencyKeyReused(earlier: earlier.id)
            }
            return earlier.id
        } catch let error as FeedFileError {
            throw FeedRefused(id: earlier.id, error: error)
        }
    }

    /// Reads the content to its end, in chunks.
    private func read<Body: AsyncSequence>(
        _ body: Body,
        isGzip: Bool,
        _ flush: (_ bytes: [UInt8], _ chunk: Int, _ start: Int64) async throws -> Void
    ) async throws -> ReceivedContent where Body.Element: Collection<UInt8> {
        var chunks = ChunkBuilder(limit: limits.fileBytes)
        guard isGzip else {
            for try await piece in body { try await chunks.append(piece, flush) }
            return try await chunks.finish(flush)
        }
        do {
            for try await piece in GunzippedBytes(body, limits: GzipLimits(bytes: limits.fileBytes)) {
                try await chunks.append(piece, flush)
            }
        } catch GzipError.tooLarge(let limit) {
            throw FeedFileError.fileTooLarge(limit: limit)
        } catch let error as GzipError {
            throw FeedFileError.unreadableGzip(error)
        }
        return try await chunks.finish(flush)
    }
}

/// A file that is not taken, and why.
package struct FeedRefused: Error {
    /// Under which id the refusal is on file.
    package let id: FeedID
    package let error: FeedFileError
    /// The feed that has the name already, where that is why.
    package let earlier: FeedID?

    init(id: FeedID, error: FeedFileError, earlier: FeedID? = nil) {
        self.id = id
        self.error = error
        self.earlier = earlier
    }
}

/// The key was used for another name or other content.
package struct IdempotencyKeyReused: Error {
    /// The feed that the key stands for.
    package let earlier: FeedID
}

/// A later request with the same key has begun the upload anew.
package struct UploadSuperseded: Error {
    package init() {}
}

/// Cuts content into chunks, and finds its hash and encoding on the way.
private struct ChunkBuilder {
    let limit: Int64
    private var detector = FeedEncodingDetector()
    private var hash = SHA256()
    private var buffer: [UInt8] = []
    private var written: Int64 = 0
    private var chunk = 0

    init(limit: Int64) {
        self.limit = limit
        buffer.reserveCapacity(FeedChunk.size)
    }

    mutating func append(
        _ piece: some Collection<UInt8>,
        _ flush: (_ bytes: [UInt8], _ chunk: Int, _ start: Int64) async throws -> Void
    ) async throws {
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
            guard written + Int64(buffer.count) <= limit else { throw FeedFileError.fileTooLarge(limit: limit) }
            if buffer.count == FeedChunk.size { try await hand(over: flush) }
        }
    }

    mutating func finish(
        _ flush: (_ bytes: [UInt8], _ chunk: Int, _ start: Int64) async throws -> Void
    ) async throws -> ReceivedContent {
        if !buffer.isEmpty { try await hand(over: flush) }
        return ReceivedContent(bytes: written, sha256: Array(hash.finalize()), encoding: detector.finish())
    }

    private mutating func hand(
        over flush: (_ bytes: [UInt8], _ chunk: Int, _ start: Int64) async throws -> Void
    ) async throws {
        try await flush(buffer, chunk, written)
        written += Int64(buffer.count)
        chunk += 1
        buffer.removeAll(keepingCapacity: true)
    }
}
