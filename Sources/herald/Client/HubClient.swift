import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFileSystem
import NIOHTTP1
import Operations
import WebAPI

/// A running hub, as the commands talk to it.
struct HubClient: Sendable {
    let client: HTTPClient
    /// The hub's address without a slash at its end.
    let baseURL: String
    /// A token that is good now: following a long feed outlasts one.
    let token: @Sendable () async throws -> String

    /// What the hub answered when it did not do what was asked.
    struct Refusal: Error, CustomStringConvertible {
        let status: UInt
        /// The OperationOutcome's text.
        let diagnostics: String
        /// Seconds after which the hub takes the next request, where it said so.
        var retryAfter: Int?

        var description: String {
            if status == 404, diagnostics.hasPrefix("There is nothing at this path") {
                return "the process at this address does not serve this; choose one with the role intake or api (--url)"
            }
            return status == 401
                ? "the hub refused the token (\(diagnostics)); make one with: herald token --client NAME"
                : "the hub answered \(status): \(diagnostics)"
        }
    }

    /// The hub cannot be reached, or the connection broke.
    struct NoAnswer: Error, CustomStringConvertible {
        let baseURL: String

        var description: String { "no hub answers at \(baseURL); start one with: herald serve (or see --url)" }
    }

    /// Uploads a feed as a stream.
    ///
    /// - Parameters:
    ///   - path: The file; its last part is the name the hub learns.
    ///   - key: The Idempotency-Key: sent again with it, the file is the same feed.
    ///   - isGzip: Whether to compress it on its way.
    ///   - onProgress: Called with the bytes read so far.
    /// - Returns: The feed as the hub has filed it.
    /// - Throws: ``Refusal`` for what the hub refuses, ``NoAnswer`` where none answers.
    func upload(
        file path: String,
        key: String,
        isGzip: Bool = false,
        onProgress: @escaping @Sendable (Int64) -> Void
    ) async throws -> FeedView {
        let name = URL(fileURLWithPath: path).lastPathComponent
        let query = name.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed) ?? name
        return try await FileSystem.shared.withFileHandle(forReadingAt: FilePath(path)) { file in
            let size = try await file.info().size
            var request = try await request(.POST, "/feeds?filename=\(query)")
            request.headers.add(name: "Content-Type", value: "text/csv")
            request.headers.add(name: "Idempotency-Key", value: "\"\(key)\"")
            let sent = Counter()
            let chunks = file.readChunks(chunkLength: .kibibytes(256)).map { chunk in
                onProgress(sent.add(Int64(chunk.readableBytes)))
                return chunk
            }
            if isGzip {
                request.headers.add(name: "Content-Encoding", value: "gzip")
                request.body = .stream(GzippedBuffers(base: chunks), length: .unknown)
            } else {
                request.body = .stream(chunks, length: .known(size))
            }
            return try await decode(FeedView.self, from: exchangeOnce(request, timeout: .hours(2)).content)
        }
    }

    func feed(_ id: String) async throws -> FeedView {
        try await decode(FeedView.self, from: execute(request(.GET, "/feeds/\(id)")))
    }

    func feeds() async throws -> [FeedView] {
        try await decode([FeedView].self, from: execute(request(.GET, "/feeds")))
    }

    /// Rejected rows after a row number, 1,000 at most.
    func rejectedRows(of id: String, after row: Int64 = 0) async throws -> [RowReportView] {
        let path = "/feeds/\(id)/rows?outcome=rejected&limit=1000&after=\(row)"
        return try await decode([RowReportView].self, from: execute(request(.GET, path)))
    }

    /// How a feed gets on, until it is over, the hub ends the answer, or the connection breaks.
    ///
    /// - Parameters:
    ///   - id: The feed.
    ///   - onEvent: Called with each state.
    /// - Throws: ``Refusal``, or what breaks the connection.
    func follow(_ id: String, onEvent: (FeedProgressView) -> Void) async throws {
        let response = try await client.execute(request(.GET, "/feeds/\(id)/events"), deadline: .distantFuture)
        guard response.status == .ok else {
            let body = try await response.body.collect(upTo: 1 << 20)
            throw Refusal(status: response.status.code, diagnostics: Self.diagnostics(Array(body.readableBytesView)))
        }
        var line: [UInt8] = []
        for try await buffer in response.body {
            for byte in buffer.readableBytesView {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                if line.starts(with: "data: ".utf8) {
                    onEvent(try decode(FeedProgressView.self, from: Array(line.dropFirst(6))))
                }
                line.removeAll(keepingCapacity: true)
            }
        }
    }

    /// The report as the hub writes it, piece by piece.
    func report(of id: String, query: String, onPiece: ([UInt8]) throws -> Void) async throws {
        let response = try await client.execute(request(.GET, "/feeds/\(id)/rows?\(query)"), deadline: .distantFuture)
        guard response.status == .ok else {
            let body = try await response.body.collect(upTo: 1 << 20)
            throw Refusal(status: response.status.code, diagnostics: Self.diagnostics(Array(body.readableBytesView)))
        }
        for try await buffer in response.body { try onPiece(Array(buffer.readableBytesView)) }
    }

    /// Gives an order about a feed, for instance `pause`.
    func command(_ command: String, on id: String, _ order: FeedOrder) async throws -> FeedView {
        try await decode(FeedView.self, from: execute(request(.POST, "/feeds/\(id)/\(command)", order)))
    }

    func queues() async throws -> [FeedQueueView] {
        try await decode([FeedQueueView].self, from: execute(request(.GET, "/feeds/queues")))
    }

    /// Pauses or resumes a queue.
    func command(_ command: String, onQueue supplier: String, _ vaccineType: String, _ order: FeedOrder) async throws {
        let path = [supplier, vaccineType, command].map {
            $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? $0
        }.joined(separator: "/")
        _ = try await execute(request(.POST, "/feeds/queues/\(path)", order))
    }

    private func request(
        _ method: HTTPMethod,
        _ path: String,
        _ body: some Encodable
    ) async throws -> HTTPClientRequest {
        var request = try await request(method, path)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(Array(try JSONEncoder().encode(body)))
        return request
    }

    /// An acknowledgement file with the name it is to be saved under; nil where there is none.
    func acknowledgement(of id: String, _ path: String) async throws -> (name: String, content: [UInt8])? {
        do {
            let (headers, content) = try await exchange(request(.GET, "/feeds/\(id)/\(path)"))
            let name = headers.first(name: "Content-Disposition")?.split(separator: "\"").last.map(String.init)
            return (name ?? "\(id)-\(path)", content)
        } catch let refusal as Refusal where refusal.status == 404 {
            return nil
        }
    }

    /// The way of a patient's records, or of one.
    func trace(_ asked: TraceRequest) async throws -> TraceResult {
        var request = try await request(.POST, "/admin/trace")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encode(asked))
        return try await decode(TraceResult.self, from: execute(request))
    }

    func request(_ method: HTTPMethod, _ path: String) async throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(try await token())")
        return request
    }

    func execute(_ request: HTTPClientRequest, timeout: TimeAmount = .seconds(30)) async throws -> [UInt8] {
        try await exchange(request, timeout: timeout).content
    }

    /// Asks again where the hub has had too many requests, when it says that it will take them.
    private func exchange(
        _ request: HTTPClientRequest,
        timeout: TimeAmount = .seconds(30)
    ) async throws -> (headers: HTTPHeaders, content: [UInt8]) {
        for _ in 0..<Self.patience {
            do {
                return try await exchangeOnce(request, timeout: timeout)
            } catch let refusal as Refusal where refusal.status == 429 {
                try await Task.sleep(for: .seconds(min(refusal.retryAfter ?? 1, 60)))
            }
        }
        return try await exchangeOnce(request, timeout: timeout)
    }

    /// How often a request that came too soon is sent again.
    private static let patience = 20

    private func exchangeOnce(
        _ request: HTTPClientRequest,
        timeout: TimeAmount
    ) async throws -> (headers: HTTPHeaders, content: [UInt8]) {
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: timeout)
        } catch let error where !(error is CancellationError) && !(error is FileSystemError) {
            throw NoAnswer(baseURL: baseURL)
        }
        let body = try await response.body.collect(upTo: 256 << 20)
        let bytes = Array(body.readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            throw Refusal(
                status: response.status.code,
                diagnostics: Self.diagnostics(bytes),
                retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) }
            )
        }
        return (response.headers, bytes)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(bytes))
    }

    private static func diagnostics(_ body: [UInt8]) -> String {
        struct Outcome: Decodable {
            struct Issue: Decodable { var diagnostics: String? }
            var issue: [Issue]
        }
        let outcome = try? JSONDecoder().decode(Outcome.self, from: Data(body))
        return outcome?.issue.first?.diagnostics ?? "no reason given"
    }
}
