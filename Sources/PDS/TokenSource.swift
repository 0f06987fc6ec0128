import AsyncHTTPClient
import FHIR
import Foundation
import NIOCore
import NIOHTTP1

/// Access tokens by the hub's own credentials: asked for when the last one is about to end, once for all who wait.
actor TokenSource {
    private static let bodyLimit = 64 << 10
    /// A token is given up so long before its end, or at half its life where that is shorter.
    private static let margin: Duration = .seconds(60)

    private let credentials: PDSCredentials
    private let timeout: Duration
    private var token: (text: String, end: ContinuousClock.Instant)?
    /// Who waits for the request that is under way; nil where there is none.
    private var waiting: [CheckedContinuation<Result<String, PDSUnavailable>, Never>]?

    init(_ credentials: PDSCredentials, timeout: Duration) {
        self.credentials = credentials
        self.timeout = timeout
    }

    /// A token that counts now.
    ///
    /// - Throws: ``PDSUnavailable`` with what the token service says, for operators.
    func token(with client: HTTPClient) async throws(PDSUnavailable) -> String {
        if let token, .now < token.end { return token.text }
        if waiting != nil { return try await withCheckedContinuation { waiting?.append($0) }.get() }
        waiting = []
        let answer = await ask(client)
        if case .success(let token) = answer { self.token = token }
        for other in waiting ?? [] { other.resume(returning: answer.map(\.text)) }
        waiting = nil
        return try answer.get().text
    }

    /// Gives up a token that was refused.
    func forget(_ text: String) {
        if token?.text == text { token = nil }
    }

    private func ask(_ client: HTTPClient) async -> Result<(text: String, end: ContinuousClock.Instant), PDSUnavailable>
    {
        do {
            let assertion = try await credentials.assertion(at: Date(), id: UUID())
            var request = HTTPClientRequest(url: credentials.tokenURL)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.headers.add(name: "Accept", value: "application/json")
            // Base64url and dots need no escaping.
            let form = [
                "grant_type=client_credentials",
                "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
                "client_assertion=\(assertion)",
            ]
            request.body = .bytes(ByteBuffer(string: form.joined(separator: "&")))
            let start = ContinuousClock.now
            let response = try await client.execute(
                request,
                timeout: .nanoseconds(Int64(timeout / .nanoseconds(1)))
            )
            let body = try await response.body.collect(upTo: Self.bodyLimit)
            return answer(Int(response.status.code), Array(body.readableBytesView), since: start)
        } catch {
            return .failure(PDSUnavailable("the token service did not answer; check HERALD_PDS_TOKEN_URL"))
        }
    }

    private func answer(
        _ status: Int,
        _ body: [UInt8],
        since start: ContinuousClock.Instant
    ) -> Result<(text: String, end: ContinuousClock.Instant), PDSUnavailable> {
        let json = try? JSONValue(parsing: body)
        guard status == 200 else {
            let words = [json?["error"]?.string, json?["error_description"]?.string].compactMap(\.self)
            let reason = words.joined(separator: ": ").prefix(200).filter { !$0.isNewline }
            return .failure(
                PDSUnavailable(
                    """
                    the token service refused the hub (\(status)\(reason.isEmpty ? "" : " \(reason)")); check \
                    HERALD_PDS_CLIENT_ID, HERALD_PDS_KEY_ID and HERALD_PDS_KEY_FILE
                    """
                )
            )
        }
        // NHS England's service writes the number as text.
        let seconds = json?["expires_in"].flatMap { $0.integer ?? $0.string.flatMap { Int($0) } } ?? 0
        guard let text = json?["access_token"]?.string, !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
            seconds > 0
        else { return .failure(PDSUnavailable("the token service answered without a token that can be used")) }
        let life = Duration.seconds(min(seconds, 86_400))
        return .success((text, start + max(life - Self.margin, life / 2)))
    }
}
