package import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOHTTP1

/// Speaks version 2 of the MESH API for one mailbox (`mesh.md`); knows nothing of what the messages mean.
package struct MESHClient: Sendable {
    /// The longest answer that is read whole: a list of 5,000 messages is a fifth of it.
    private static let answerBytes = 1 << 20

    package let configuration: MESHConfiguration
    private let http: HTTPClient
    private let signer: RequestSigner
    private let now: @Sendable () -> Date

    /// A client; make one a process and mailbox, for its signer counts the requests (M-21).
    ///
    /// - Parameters:
    ///   - configuration: Where MESH is, and who asks.
    ///   - http: From ``MESHConfiguration/makeHTTPClient()``; whoever made it shuts it down.
    ///   - now: The time that requests are signed with.
    package init(
        configuration: MESHConfiguration,
        http: HTTPClient,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.configuration = configuration
        self.http = http
        self.now = now
        signer = RequestSigner(configuration.credentials)
    }

    /// The mailbox it speaks for.
    package var mailbox: MailboxID { configuration.credentials.mailbox }

    /// Shows the mailbox as in use; at the start and every hour (M-22).
    ///
    /// - Throws: ``MESHError``.
    package func handshake() async throws(MESHError) {
        let version = ProcessInfo.processInfo.operatingSystemVersion
        let response = try await call(
            .handshake,
            .POST,
            "/\(mailbox)",
            headers: [
                ("mex-ClientVersion", configuration.clientVersion), ("mex-OSName", "Linux"),
                ("mex-OSVersion", "\(version.majorVersion).\(version.minorVersion)"),
            ]
        )
        _ = try await answer(.handshake, response)
    }

    /// One request; anything but the statuses that are waited for is thrown.
    ///
    /// - Parameters:
    ///   - operation: What it is about, for errors.
    ///   - method: The HTTP method.
    ///   - path: Below `/messageexchange`, encoded.
    ///   - headers: Beside the signature and the version.
    ///   - body: What is sent.
    ///   - accepted: Statuses that are no failure.
    ///   - timeout: Until the answer begins.
    /// - Returns: The answer, its body still to be read.
    /// - Throws: ``MESHError``.
    func call(
        _ operation: MESHOperation,
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)] = [],
        body: ArraySlice<UInt8>? = nil,
        accepted: Set<Int> = [200],
        timeout: Duration? = nil
    ) async throws(MESHError) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "\(configuration.url)/messageexchange\(path)")
        request.method = method
        request.headers.add(name: "Accept", value: "application/vnd.mesh.v2+json")
        request.headers.add(name: "User-Agent", value: configuration.clientVersion)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await execute(&request, operation, within: timeout ?? configuration.answerTimeout)
        let status = Int(response.status.code)
        guard !accepted.contains(status) else { return response }
        // The status counts, even where its explanation cannot be read.
        let explanation = (try? await answer(operation, response)) ?? []
        var refusal = MESHRefusal(operation, status: status, body: explanation)
        refusal.retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
            .flatMap { $0 > 0 ? .seconds(min($0, 3600)) : nil }
        throw .refused(refusal)
    }

    /// Sends a request, signed anew for each try.
    ///
    /// What may be repeated is tried a second time where the connection was closed: the server may have ended it just before.
    private func execute(
        _ request: inout HTTPClientRequest,
        _ operation: MESHOperation,
        within limit: Duration
    ) async throws(MESHError) -> HTTPClientResponse {
        var tries = request.method == .POST ? 1 : 2
        while true {
            request.headers.replaceOrAdd(name: "Authorization", value: signer.authorization(at: now()))
            tries -= 1
            do {
                return try await http.execute(request, timeout: .nanoseconds(Int64(limit / .nanoseconds(1))))
            } catch {
                let failure = MESHError(error, operation)
                guard failure == .unreachable(operation, .connection), tries > 0 else { throw failure }
            }
        }
    }

    /// The whole of a short answer, in the time an answer may take.
    func answer(_ operation: MESHOperation, _ response: HTTPClientResponse) async throws(MESHError) -> [UInt8] {
        let deadline = ContinuousClock.now + configuration.answerTimeout
        var bytes: [UInt8] = []
        do {
            for try await piece in response.body {
                bytes += piece.readableBytesView
                guard bytes.count <= Self.answerBytes else { throw MESHError.unreadable(operation, "it is too long") }
                guard ContinuousClock.now < deadline else { throw MESHError.unreachable(operation, .timeout) }
            }
        } catch {
            throw MESHError(error, operation)
        }
        return bytes
    }

    /// A JSON answer.
    func decode<Value: Decodable>(
        _ type: Value.Type,
        _ operation: MESHOperation,
        _ response: HTTPClientResponse
    ) async throws(MESHError) -> Value {
        let bytes = try await answer(operation, response)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .unreadable(operation, "it is not the JSON of version 2")
        }
    }

    /// Encodes a part of a path or of a query.
    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
