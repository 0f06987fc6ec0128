import AsyncHTTPClient
import FHIR
import Foundation
import NIOCore
import NIOHTTP1
import Vaccination

/// One request to the service.
struct PDSRequest: Sendable {
    /// A Patient with everything PDS knows has some ten kilobytes.
    private static let bodyLimit = 1 << 20

    let configuration: PDSConfiguration
    private let tokens: TokenSource?

    init(configuration: PDSConfiguration) {
        self.configuration = configuration
        tokens =
            switch configuration.token {
            case .own(let credentials): TokenSource(credentials, timeout: configuration.timeout)
            case .none, .fixed, .file: nil
            }
    }

    /// A client for the service and the token service; both want no redirects.
    static func makeClient(_ configuration: PDSConfiguration) -> HTTPClient {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.timeout.connect = .nanoseconds(Int64(configuration.timeout / .nanoseconds(1)))
        settings.connectionPool.idleTimeout = .seconds(30)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Asks for a patient.
    ///
    /// - Returns: The answer, and how long the service wants to be left alone.
    func send(_ patient: NHSNumber, with client: HTTPClient) async -> (PDSAnswer, retryAfter: Duration?) {
        // The service wants the number in the path; it must never be logged.
        var request = HTTPClientRequest(url: "\(configuration.baseURL)/Patient/\(patient.digits)")
        request.headers.add(name: "Accept", value: "application/fhir+json")
        request.headers.add(name: "X-Request-ID", value: UUID().uuidString.lowercased())
        let token: String?
        do throws(PDSUnavailable) {
            token = try await self.token(with: client)
        } catch {
            return (.unavailable(error.description), nil)
        }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let answer = await send(request, about: patient, with: client)
        // A token may be called back before its end.
        if answer.isRefusal, let token { await tokens?.forget(token) }
        return (answer.answer, answer.retryAfter)
    }

    private func token(with client: HTTPClient) async throws(PDSUnavailable) -> String? {
        switch configuration.token {
        case .none: return nil
        case .fixed(let token): return token
        case .own: return try await tokens?.token(with: client)
        case .file(let path):
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw PDSUnavailable("the file of HERALD_PDS_TOKEN_FILE cannot be read")
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private func send(
        _ request: HTTPClientRequest,
        about patient: NHSNumber,
        with client: HTTPClient
    ) async -> (answer: PDSAnswer, retryAfter: Duration?, isRefusal: Bool) {
        do {
            return try await within(configuration.timeout) { [request] in
                let response = try await client.execute(
                    request,
                    timeout: .nanoseconds(Int64(configuration.timeout / .nanoseconds(1)))
                )
                let body = try await response.body.collect(upTo: Self.bodyLimit)
                let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }.map {
                    Duration.seconds(max($0, 0))
                }
                let today = CivilDate(daysSince1970: Int32(clamping: Int(Date().timeIntervalSince1970 / 86_400)))
                let answer = PDSAnswer(
                    about: patient,
                    status: Int(response.status.code),
                    body: Array(body.readableBytesView),
                    today: today
                )
                return (answer, retryAfter, response.status == .unauthorized)
            }
        } catch {
            // The error may hold the address, and the address the number.
            return (.unavailable("no answer within \(configuration.timeout), or no connection"), nil, false)
        }
    }

    /// Ends `body` when the time is over: the client's own limit ends with the head of an answer.
    private func within<Value: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
