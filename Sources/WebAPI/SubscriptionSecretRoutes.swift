import Access
package import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
package import Hummingbird
import Outbound

/// Shows a subscriber the secret that its notifications are signed with, once, and replaces it (D-60, D-61).
package struct SubscriptionSecretRoutes: Sendable {
    private let secrets: WebhookSecrets

    package init(secrets: WebhookSecrets) { self.secrets = secrets }

    /// Adds `POST {id}/$secret` at and below `/FHIR/R4/Subscription`.
    package func add(to group: RouterGroup<HubContext>) {
        group.post(":id/$secret") { try await issue($0, $1) }
    }

    /// Answers with a secret that nobody has been shown before: the first one, or from then on a new one at each request.
    @Sendable private func issue(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        let caller = try context.requireCaller()
        try caller.mustHave(.update, on: "Subscription")
        let text = context.parameters.get("id") ?? ""
        let unknown = HubError.notFound("There is no Subscription with this id.")
        guard let id = UUID(uuidString: text).map(SubscriptionID.init) else { throw unknown }
        let wish = try await Wish(request, context)
        do {
            // Somebody else's subscription is as good as none (`fhir-subscriptions.md` §5.1).
            guard try await secrets.security(of: id).client == caller.clientID.rawValue else { throw unknown }
            let issued = try await secrets.issue(for: id, replacement: wish.secret, grace: wish.grace)
            return Response.fhir(Self.answer(issued).bytes)
        } catch WebhookSecretError.unknownSubscription {
            throw unknown
        } catch let error as WebhookSecretError {
            throw HubError.invalid("\(error).")
        }
    }

    private static func answer(_ issued: IssuedSecret) -> JSONValue {
        var parameters: [JSONValue] = [["name": "secret", "valueString": .string(issued.secret.plainText)]]
        if let end = issued.othersEnd {
            parameters.append(["name": "previousUntil", "valueInstant": .string(end.ISO8601Format())])
        }
        return ["resourceType": "Parameters", "parameter": .array(parameters)]
    }

    /// What the request asks for: both are optional, and so is the body.
    private struct Wish {
        var grace = WebhookSecrets.standardGrace
        var secret: WebhookSecret?

        init(_ request: Request, _ context: HubContext) async throws {
            guard request.headers[.contentLength].map({ $0 != "0" }) ?? (request.headers[.transferEncoding] != nil)
            else {
                return
            }
            try JSONBody.checkHead(request)
            let body = try await JSONBody.read(request, context)
            guard body["resourceType"]?.string == "Parameters" else {
                throw HubError.invalid("The body must be a Parameters resource, or empty.")
            }
            for parameter in body["parameter"]?.array ?? [] {
                switch parameter["name"]?.string {
                case "grace":
                    let seconds = (parameter["valueUnsignedInt"] ?? parameter["valueInteger"])?.integer
                    guard let seconds, (0...604_800).contains(seconds) else {
                        throw HubError.invalid("The parameter grace must be seconds, as valueUnsignedInt: 0 to 604800.")
                    }
                    grace = .seconds(seconds)
                case "secret":
                    guard let secret = parameter["valueString"]?.string.flatMap({ WebhookSecret($0) }) else {
                        throw HubError.invalid(
                            "The parameter secret must be whsec_ and base64 of 24 to 64 random bytes, as valueString."
                        )
                    }
                    self.secret = secret
                default: throw HubError.invalid("The parameters are grace and secret.")
                }
            }
        }
    }
}
