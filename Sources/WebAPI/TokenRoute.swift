package import Access
package import Foundation
import HTTPTypes
package import Hummingbird
package import Logging

/// `POST /oauth2/token` (`auth.md` §9): errors are those of RFC 6749, not OperationOutcomes.
package struct TokenRoute: Sendable {
    /// Two tokens of 16 KiB and the fields beside them.
    private static let limit = 48 * 1024

    private let endpoint: TokenEndpoint
    private let limiter: RateLimiter
    private let logger: Logger
    private let makeID: @Sendable () -> UUID

    /// - Parameters:
    ///   - endpoint: What issues tokens.
    ///   - limiter: Counts requests (Q-130).
    ///   - logger: Where refusals are noted by their `message_id`, without what was sent.
    ///   - makeID: Makes the `message_id`.
    package init(
        endpoint: TokenEndpoint,
        limiter: RateLimiter,
        logger: Logger,
        makeID: @escaping @Sendable () -> UUID = { UUID() }
    ) {
        self.endpoint = endpoint
        self.limiter = limiter
        self.logger = logger
        self.makeID = makeID
    }

    /// Adds the route.
    package func add(to router: Router<HubContext>) {
        router.post("oauth2/token") { try await token($0, $1) }
    }

    /// Every token and every refusal is in the audit trail (A-50).
    @Sendable private func token(_ request: Request, _ context: HubContext) async throws -> Response {
        context.audit.requireRecord()
        context.audit.note { $0.interaction = .operation }
        do {
            let form = try await form(request, context)
            let grant = try await endpoint.issue(form, certificate: context.certificate)
            try limiter.admitToken(client: grant.token.claims.clientID)
            context.audit.note { $0.note(grant.token.claims) }
            logger.debug(
                "access token issued",
                metadata: [
                    LogKey.client: "\(grant.token.claims.clientID)", LogKey.token: "\(grant.token.claims.tokenID)",
                ]
            )
            return try Self.json(TokenAnswer(grant), .ok)
        } catch let refusal as TokenRefusal {
            context.audit.note { record in
                record.client = refusal.client?.rawValue
                record.issueCode = refusal.code.rawValue
            }
            return try refuse(refusal)
        } catch let error as HubError {
            throw error
        } catch {
            return try fail(error)
        }
    }

    private func form(_ request: Request, _ context: HubContext) async throws -> TokenForm {
        guard request.headers[.authorization] == nil else {
            throw TokenRefusal.invalidRequest(
                "clients are known by their client_assertion alone: send no Authorization"
            )
        }
        let fields: [String: String]
        do {
            fields = try await FormFields.read(request, context, limit: Self.limit)
        } catch let fault as FormFields.Fault {
            throw Self.refusal(fault)
        }
        return try TokenForm(fields)
    }

    private static func refusal(_ fault: FormFields.Fault) -> TokenRefusal {
        switch fault {
        case .mediaType:
            TokenRefusal(415, .invalidRequest, "Content-Type must be application/x-www-form-urlencoded")
        case .tooLarge: TokenRefusal(413, .invalidRequest, "the form is larger than 48 KiB")
        case .malformed: .invalidRequest("the form has a broken percent escape, or is not UTF-8")
        case .repeated(let name): .invalidRequest("\(name.isEmpty ? "a field" : name) was sent twice")
        }
    }

    private func refuse(_ refusal: TokenRefusal) throws -> Response {
        let id = makeID().uuidString.lowercased()
        logger.info(
            "access token refused",
            metadata: [
                LogKey.message: "\(id)", LogKey.error: "\(refusal.code.rawValue)",
                LogKey.reason: "\(refusal.description)",
                // Anybody can say to be this client.
                LogKey.claimedClient: "\(refusal.client?.rawValue ?? "none")",
            ]
        )
        let error = TokenError(error: refusal.code.rawValue, error_description: refusal.description, message_id: id)
        return try Self.json(error, HTTPResponse.Status(code: refusal.status))
    }

    /// Nobody gets a token while something that must be asked does not answer (A-04).
    private func fail(_ error: any Error) throws -> Response {
        let id = makeID().uuidString.lowercased()
        logger.error("access token could not be issued", error: error, metadata: [LogKey.message: "\(id)"])
        let answer = TokenError(
            error: "temporarily_unavailable",
            error_description: "a service this request needs is away for the moment; try again later",
            message_id: id
        )
        var response = try Self.json(answer, .serviceUnavailable)
        response.headers[.retryAfter] = "5"
        return response
    }

    private static func json(_ value: some Encodable, _ status: HTTPResponse.Status) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let headers: HTTPFields = [.cacheControl: "no-store", HeaderName.pragma: "no-cache"]
        return .json(Array(try encoder.encode(value)), status: status, headers: headers)
    }

    private enum LogKey {
        static let client = "herald.client"
        static let claimedClient = "herald.client.claimed"
        static let token = "herald.token.id"
        static let message = "herald.message.id"
        static let error = "herald.token.error"
        static let reason = "herald.token.reason"
    }
}

extension AuditRecord {
    /// Takes down what was issued, and to whom.
    fileprivate mutating func note(_ token: AccessToken) {
        client = token.clientID.rawValue
        patient = token.nhsNumber
        details.issuer = token.issuer
        details.tokenID = token.tokenID.rawValue
        details.mode = token.mode
        if token.mode != .system { details.subject = token.subject }
        details.sdsUserID = token.worker?.userID
        details.authenticationLevel = token.worker?.assurance
        details.vectorOfTrust = token.vectorOfTrust?.rawValue
        details.proofingLevel = token.vectorOfTrust?.level.rawValue
        details.tokenPatient = token.nhsNumber?.digits
    }
}

/// The answer with a token (RFC 6749 §5.1, RFC 8693 §2.2.1); names as they stand in the JSON.
private struct TokenAnswer: Encodable {
    let access_token: String
    let token_type = "Bearer"
    let expires_in: Int
    let scope: String
    let issued_token_type: String?

    init(_ grant: TokenEndpoint.Grant) {
        access_token = grant.token.text
        expires_in = grant.token.lifetime
        scope = grant.token.claims.scopes.description
        issued_token_type =
            grant.grant == .tokenExchange ? "urn:ietf:params:oauth:token-type:access_token" : nil
    }
}

/// A refusal (RFC 6749 §5.2, A-14).
private struct TokenError: Encodable {
    let error: String
    let error_description: String
    let message_id: String
}
