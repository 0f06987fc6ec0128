import Access
import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// Learns from the connection who is at its other end: address and certificate.
package struct ConnectionMiddleware: RouterMiddleware {
    private let asksForCertificates: Bool
    private let gateway: GatewayHeaders?

    /// - Parameters:
    ///   - asksForCertificates: Whether the listener asks clients for certificates.
    ///   - gateway: What a gateway passes on; only for a listener that nobody but the gateway can connect to.
    package init(asksForCertificates: Bool = false, gateway: GatewayHeaders? = nil) {
        self.asksForCertificates = asksForCertificates
        self.gateway = gateway
    }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.sourceAddress = context.channel.remoteAddress?.ipAddress
        if let name = gateway?.address {
            let last = request.headers[values: name].last?.split(separator: ",").last
            context.sourceAddress = last?.trimmingCharacters(in: .whitespaces) ?? context.sourceAddress
        }
        if let name = gateway?.certificate {
            // The gateway's own certificate is no client's.
            context.certificate = try Self.certificate(request.headers[values: name], name)
        } else if asksForCertificates {
            context.certificate = try await context.channel.pipeline.handler(type: ConnectionGuard.self)
                .map(\.certificate).get()
        }
        return try await next(request, context)
    }

    private static func certificate(
        _ values: [String],
        _ name: HTTPField.Name
    ) throws(HubError) -> ClientCertificate? {
        guard let value = values.first, !value.isEmpty || values.count > 1 else { return nil }
        guard values.count == 1, let certificate = ClientCertificate(gatewayText: value) else {
            throw .invalid("The header \(name) must hold one SHA-256 thumbprint, in base64url or hexadecimal.")
        }
        return certificate
    }
}
