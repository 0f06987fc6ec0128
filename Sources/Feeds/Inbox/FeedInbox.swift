package import Foundation
package import Logging
import ServiceLifecycle

/// Takes files out of a watched folder, and puts their acknowledgements there.
///
/// A file is renamed into a folder of its own before it is read, so that one process has it; the folder's name is the key of
/// its upload, so that whoever goes on after a crash gets the same feed again. Each step may be done twice.
package struct FeedInbox<Store: FeedStore>: Service {
    private let folder: InboxFolder
    private let receiver: FeedReceiver<Store>
    private let store: Store
    private let files: AcknowledgementFiles<Store>
    private let pause: Duration
    private let now: @Sendable () -> Date
    private let logger: Logger

    /// - Parameters:
    ///   - path: The folder.
    ///   - receiver: What keeps the files.
    ///   - store: Where they are kept.
    ///   - pause: Between two looks; a file has to look the same twice before it is taken.
    ///   - now: The time, for the archive's days.
    ///   - logger: Where files taken and steps that fail are told.
    package init(
        path: String,
        receiver: FeedReceiver<Store>,
        store: Store,
        pause: Duration = .seconds(2),
        now: @escaping @Sendable () -> Date = { Date() },
        logger: Logger
    ) {
        folder = InboxFolder(path: path)
        self.receiver = receiver
        self.store = store
        files = AcknowledgementFiles(store: store)
        self.pause = pause
        self.now = now
        self.logger = logger
    }

    /// Who sends what lies in the folder: who can write there is the operators' matter.
    private static var sender: FeedSender { .operators("folder") }

    /// Looks into the folder until shutdown is asked for; the file in hand is finished first.
    package func run() async throws {
        var seen: [String: InboxFolder.Print] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try folder.prepare()
                let waiting = try folder.waiting()
                for (name, print) in waiting.sorted(by: { $0.value.modified < $1.value.modified })
                where seen[name] == print {
                    try folder.claim(name, key: UUID().uuidString.lowercased())
                }
                seen = waiting
                for key in try folder.keys() where !Task.isShuttingDownGracefully { await step(key) }
            } catch {
                logger.warning("the feed folder cannot be used just now", error: error)
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    /// Brings a file in hand as far as it gets now.
    private func step(_ key: String) async {
        guard let lock = FileLock(folder: "\(folder.taken)/\(key)") else { return }
        do {
            try await proceed(key)
        } catch {
            logger.warning("a file of the feed folder waits for another try", error: error)
        }
        _ = consume lock
    }

    private func proceed(_ key: String) async throws {
        if folder.feed(key) == nil, let name = try folder.file(key) {
            try await folder.note(receive(name, key), key)
        }
        guard let id = folder.feed(key), let feed = try await store.summary(of: id) else {
            // Nothing but an empty folder: its maker was interrupted.
            return try folder.forget(key)
        }
        if let name = try folder.file(key) { try putAway(name, key, feed) }
        for file in files.files(of: feed) {
            let path = "\(folder.acknowledgements)/\(file.name)"
            if !FileManager.default.fileExists(atPath: path) { try await WholeFile.write(file, to: path) }
        }
        if feed.status.isFinal { try folder.forget(key) }
    }

    /// The feed that a file has become, refused ones too.
    private func receive(_ name: String, _ key: String) async throws -> FeedID {
        do {
            let chunks = FileChunks(path: "\(folder.taken)/\(key)/\(name)")
            let id = try await receiver.receive(named: name, from: Self.sender, key: key, chunks)
            logger.info("file taken from the feed folder", metadata: ["herald.feed.id": "\(id)"])
            return id
        } catch let refused as FeedRefused {
            return refused.id
        }
    }

    private func putAway(_ name: String, _ key: String, _ feed: FeedSummary) throws {
        guard feed.status.isFinal, feed.status != .processed, feed.status != .emptyFile, !feed.isAccepted,
            let reason = feed.reason
        else {
            let day = now().formatted(.iso8601.year().month().day())
            return try folder.putAway(name, key, in: folder.archive(on: day))
        }
        try Data((reason + "\n").utf8).write(
            to: URL(fileURLWithPath: "\(folder.failed)/\(name).reason.txt"),
            options: .atomic
        )
        try folder.putAway(name, key, in: folder.failed)
    }
}
