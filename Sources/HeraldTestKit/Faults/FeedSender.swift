import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends feeds as a site does: until it knows that the hub has each, and one after the other.
package struct FeedSender: Sendable {
    /// What a try came to.
    package enum Answer: Sendable, Hashable {
        /// 202, or 409 because an earlier try was accepted although its answer was lost.
        case accepted
        /// Any other answer.
        case refused(status: Int)
        /// None: nobody listens, or the connection broke.
        case none
    }

    let world: FaultWorld

    /// One try at one process.
    package func attempt(
        _ feed: FeedLoad.Feed,
        at hub: FaultProcess,
        within limit: Duration = .seconds(20)
    ) async throws -> Answer {
        guard let port = world.port(of: hub) else { return .none }
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/feeds?filename=\(feed.name)")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(try await world.token())")
        request.headers.add(name: "Content-Type", value: "text/csv")
        request.body = .bytes(ByteBuffer(bytes: feed.bytes))
        do {
            let timeout = TimeAmount.milliseconds(Int64(limit / .milliseconds(1)))
            let response = try await HTTPClient.shared.execute(request, timeout: timeout)
            let status = Int(response.status.code)
            return status == 202 || status == 409 ? .accepted : .refused(status: status)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .none
        }
    }

    /// Tries at one intake after the other until one has the feed.
    package func send(_ feed: FeedLoad.Feed, within limit: Duration = .seconds(180)) async throws {
        let deadline = ContinuousClock.now + limit
        let intakes = world.hubs.filter { $0.roles.contains("intake") }.map(\.process)
        var turn = feed.lane
        var last = Answer.none
        repeat {
            last = try await attempt(feed, at: intakes[turn % intakes.count])
            if last == .accepted { return }
            if case .refused(let status) = last, (400..<500).contains(status) { break }
            turn += 1
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now < deadline
        throw FaultError("no intake took \(feed.name); the last answer was \(last)")
    }
}

extension FaultWorld {
    /// What `GET /_status` of a process says, `pass`, `warn` or `fail`; nil where none answers.
    package func status(of process: FaultProcess) async -> String? {
        struct Report: Decodable { var status: String }
        guard let port = port(of: process) else { return nil }
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/_status")
        request.headers.add(name: "apikey", value: Self.statusKey)
        guard let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(15)),
            let body = try? await response.body.collect(upTo: 1 << 16)
        else { return nil }
        return try? JSONDecoder().decode(Report.self, from: Data(body.readableBytesView)).status
    }

    static let statusKey = "a secret of the fault tests"
}
