import Access
import Configuration
import HTTPTypes
import Operations
import WebAPI

/// A listener of its own for operators (`auth.md` §12).
struct AdminListener: Sendable {
    var listen: ListenAddress
    var tls: ListenerTLS?
}

extension HubConfiguration {
    /// Reads and checks what concerns the listeners: TLS, gateway, limits, health.
    ///
    /// - Throws: ``ConfigurationError``.
    mutating func readEdge(_ reader: ConfigReader) throws {
        tls = try ListenerTLS(reader: reader)
        gateway = try gateway(reader)
        admin = try admin(reader)
        rateLimits.client = try Self.limit(.rateClient, reader, rateLimits.client)
        rateLimits.service = try Self.limit(.rateService, reader, rateLimits.service)
        rateLimits.address = try Self.limit(.rateAddress, reader, rateLimits.address)
        rateLimits.tokenClient = try Self.limit(.rateTokenClient, reader, rateLimits.tokenClient)
        rateLimits.tokenAddress = try Self.limit(.rateTokenAddress, reader, rateLimits.tokenAddress)
        var limits = connectionLimits
        limits.connections = try reader.number(.connections, in: 1...1_000_000) ?? limits.connections
        limits.connectionsPerAddress =
            try reader.number(.connectionsPerAddress, in: 1...1_000_000) ?? limits.connectionsPerAddress
        connectionLimits = limits
        if let key = reader.text(.statusKey) {
            guard key.utf8.count >= 16 else {
                throw ConfigurationError.invalid(
                    .statusKey,
                    "must be 16 characters at least, e.g. openssl rand -hex 16"
                )
            }
            statusKey = StatusKey(key)
        }
        build.revision = reader.text(.revision) ?? ""
        build.releaseId = reader.text(.releaseId) ?? ""
        build.commitId = reader.text(.commitId) ?? ""
    }

    /// A gateway is believed only where nobody else can connect.
    private func gateway(_ reader: ConfigReader) throws -> GatewayHeaders? {
        var headers = GatewayHeaders()
        headers.certificate = try Self.header(.gatewayCertificateHeader, reader)
        headers.address = try Self.header(.gatewayAddressHeader, reader)
        guard headers != GatewayHeaders() else { return nil }
        guard tls?.clientCertificates == .require else {
            throw ConfigurationError.invalid(
                headers.certificate == nil ? .gatewayAddressHeader : .gatewayCertificateHeader,
                "needs HERALD_TLS_CLIENT_CERTIFICATES=require with the gateway's authority in HERALD_TLS_CLIENT_CA: "
                    + "else anybody could send it"
            )
        }
        return headers
    }

    private func admin(_ reader: ConfigReader) throws -> AdminListener? {
        guard let text = reader.text(.adminAddress) else {
            let others: [Setting] = [.adminClientCertificates, .adminClientCa]
            if let other = others.first(where: { reader.text($0) != nil }) {
                throw ConfigurationError.missing(.adminAddress, "\(other.variable) is, so set it too, or neither")
            }
            return nil
        }
        guard let address = ListenAddress(text), address.port == 0 || address != listen else {
            throw ConfigurationError.invalid(
                .adminAddress,
                "must be host:port, and differ from HERALD_HTTP_ADDRESS, e.g. 127.0.0.1:8481"
            )
        }
        guard !isDevelopment || address.isLoopback else {
            throw ConfigurationError.invalid(.adminAddress, "must be a loopback address with HERALD_DEVELOPMENT")
        }
        var listener = AdminListener(listen: address, tls: tls)
        let clients: ListenerTLS.ClientCertificates =
            try reader.choice(.adminClientCertificates, among: ["off", "request", "require"])
            ?? (reader.text(.adminClientCa) == nil ? .off : .require)
        guard listener.tls != nil || clients == .off else {
            throw ConfigurationError.missing(.tlsCertificate, "certificates of clients need TLS")
        }
        try listener.tls?.ask(clients, signedBy: reader.text(.adminClientCa))
        return listener
    }

    private static func header(_ setting: Setting, _ reader: ConfigReader) throws -> HTTPField.Name? {
        guard let text = reader.text(setting) else { return nil }
        guard let name = HTTPField.Name(text) else {
            throw ConfigurationError.invalid(setting, "must be the name of a header")
        }
        return name
    }

    private static func limit(
        _ setting: Setting,
        _ reader: ConfigReader,
        _ standard: RateLimit?
    ) throws -> RateLimit? {
        switch reader.text(setting) {
        case nil: return standard
        case "off": return nil
        case let text?:
            guard let limit = RateLimit(text) else {
                throw ConfigurationError.invalid(setting, "must be requests a second and at once, e.g. 20/40, or off")
            }
            return limit
        }
    }
}
