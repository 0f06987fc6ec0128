import Crypto
import Foundation
import WebAPI

/// Sends a file, again when the connection breaks, with a bar.
struct FeedUpload: Sendable {
    /// Seconds before each further try.
    private static let pauses = [1, 2, 4, 8, 15, 30]

    let client: HubClient
    var isGzip = false

    /// Sends a file; one that the hub has already, with the same name and content, is the feed that it became then.
    ///
    /// - Returns: The feed as the hub has filed it.
    /// - Throws: What the hub refuses, or that none answers after all tries.
    func send(_ file: String) async throws -> FeedView {
        let start = Date()
        let feed = try await send(file, key: try Self.key(of: file))
        // What failed before may pass now, with other permissions for instance; its key would only give the old answer.
        guard feed.isFinal, feed.reason != nil, let received = feed.receivedAt, received < start - Self.skew else {
            return feed
        }
        return try await send(file, key: UUID().uuidString.lowercased())
    }

    /// Seconds by which the hub's clock may differ.
    private static let skew: TimeInterval = 2

    /// The same for the same name and content.
    private static func key(of file: String) throws -> String {
        var hash = SHA256()
        hash.update(data: Data((URL(fileURLWithPath: file).lastPathComponent + "\u{0}").utf8))
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        return "sha256-" + hash.finalize().map { String(format: "%02x", $0) }.joined()
    }

    private func send(_ file: String, key: String) async throws -> FeedView {
        let name = URL(fileURLWithPath: file).lastPathComponent
        let size = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber)?.int64Value
        var pauses = Self.pauses[...]
        while true {
            let bar = ProgressBar()
            let start = ContinuousClock.now
            defer { bar.finish() }
            do {
                return try await client.upload(file: file, key: key, isGzip: isGzip) { sent in
                    let seconds = max(0.001, (ContinuousClock.now - start) / .seconds(1))
                    let rate = Double(sent) / seconds / 1_000_000
                    bar.show(
                        name,
                        done: sent,
                        of: size,
                        note: String(format: "%d MB sent, %.1f MB/s", sent / 1_000_000, rate)
                    )
                }
            } catch  where Self.mayPass(error) {
                guard let pause = pauses.popFirst() else { throw error }
                bar.finish()
                Console.complain("\(name): the connection broke; sending it again in \(pause) s")
                try await Task.sleep(for: .seconds(pause))
            }
        }
    }

    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case is HubClient.NoAnswer: true
        case let refusal as HubClient.Refusal: [429, 502, 503, 504].contains(refusal.status)
        default: false
        }
    }
}

/// Follows a feed to its end, with a bar.
struct FeedFollower: Sendable {
    let client: HubClient

    /// Waits for the feed's end, also while somebody has stopped it, and says once what it waits for.
    func follow(_ feed: FeedView) async throws -> FeedView {
        let bar = ProgressBar()
        defer { bar.finish() }
        var feed = feed
        var stoppedAs: String?
        while !feed.isFinal {
            do {
                try await client.follow(feed.id) { progress in
                    bar.show(progress)
                    guard progress.isStopped, stoppedAs != progress.status else { return }
                    stoppedAs = progress.status
                    Console.complain(
                        "\(progress.filename) is \(progress.status) and waits for an operator; see why with: "
                            + "herald feeds show \(progress.id)"
                    )
                }
            } catch let refusal as HubClient.Refusal where refusal.status < 500 {
                throw refusal
            } catch {
                // The answer below says whether the hub is there; if so, watching goes on.
                try await Task.sleep(for: .seconds(1))
            }
            feed = try await client.feed(feed.id)
        }
        return feed
    }
}

extension ProgressBar {
    /// Draws a feed's progress.
    fileprivate func show(_ progress: FeedProgressView) {
        var note =
            "\(progress.status)  \(Int(progress.percent)) %  \(progress.rows) rows, \(progress.rejected) rejected"
        note += "  \(Int(progress.rowsPerSecond)) rows/s"
        if let left = progress.secondsLeft, !progress.isFinal { note += "  \(Int(left)) s left" }
        show(progress.filename, done: progress.appliedBytes, of: progress.bytes, note: note)
    }
}
