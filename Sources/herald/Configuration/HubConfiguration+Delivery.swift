import Access
import Configuration
import Foundation
import NIOCore
import NIOSSL
import Outbound

/// How the hub connects to the endpoints of others (`delivery.md` §10, §11).
struct DeliverySettings: Sendable {
    /// Ports that endpoints may name.
    var ports: Set<Int> = [443]
    /// Networks that are refused beside the special ones: the operator's own.
    var denied: [IPNetwork] = []
    /// Networks that operators opened, such as HSCN's.
    var reopened: [IPNetwork] = []
    /// TLS as a client: authorities, and the hub's certificate.
    var tls = OutboundClient.tlsConfiguration()

    /// Where the hub connects to, its own addresses left out.
    func policy(isDevelopment: Bool) -> AddressPolicy {
        var policy = AddressPolicy()
        policy.ports = ports
        policy.reopened = reopened
        let own = (try? System.enumerateDevices()) ?? []
        policy.denied =
            denied + own.compactMap { $0.address.flatMap { IPAddress($0) }.flatMap { IPNetwork($0.description) } }
        policy.isDevelopment = isDevelopment
        return policy
    }
}

extension DeliverySettings {
    /// Reads and checks the settings.
    ///
    /// - Throws: ``ConfigurationError``.
    init(reader: ConfigReader) throws {
        self.init()
        try readAddresses(reader)
        try readTLS(reader)
    }

    fileprivate mutating func readAddresses(_ reader: ConfigReader) throws {
        if let text = reader.text(.deliveryPorts) {
            ports = Set(
                try text.split(separator: ",").map { word in
                    guard let port = Int(word.trimmingCharacters(in: .whitespaces)), (1...65_535).contains(port) else {
                        throw ConfigurationError.invalid(
                            .deliveryPorts,
                            "must be ports with commas between, e.g. 443,8443"
                        )
                    }
                    return port
                }
            )
        }
        denied = try Self.networks(.deliveryDeniedNetworks, reader)
        reopened = try Self.networks(.deliveryNetworks, reader)
    }

    private mutating func readTLS(_ reader: ConfigReader) throws {
        if let path = reader.text(.deliveryCa) {
            tls.additionalTrustRoots = [.certificates(try Self.certificates(path, .deliveryCa))]
        }
        guard let path = reader.text(.deliveryCertificate) else {
            guard reader.text(.deliveryKey) == nil else {
                throw ConfigurationError.missing(.deliveryCertificate, "a certificate and its key go together")
            }
            return
        }
        guard let keyPath = reader.text(.deliveryKey) else {
            throw ConfigurationError.missing(.deliveryKey, "a certificate and its key go together")
        }
        tls.certificateChain = try Self.certificates(path, .deliveryCertificate).map { .certificate($0) }
        do {
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyPath, format: .pem))
            _ = try NIOSSLContext(configuration: tls)
        } catch {
            throw ConfigurationError.invalid(
                .deliveryKey,
                "must be a PEM file with the key of HERALD_DELIVERY_CERTIFICATE; the key there cannot be used"
            )
        }
    }

    private static func certificates(_ path: String, _ setting: Setting) throws -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            throw ConfigurationError.invalid(setting, "must be a PEM file with certificates; \(path) is not")
        }
        return certificates
    }

    private static func networks(_ setting: Setting, _ reader: ConfigReader) throws -> [IPNetwork] {
        try (reader.text(setting) ?? "").split(separator: ",").map { word in
            guard let network = IPNetwork(word.trimmingCharacters(in: .whitespaces)) else {
                throw ConfigurationError.invalid(
                    setting,
                    "must be networks with commas between, e.g. 10.20.0.0/16,2001:4860::/32"
                )
            }
            return network
        }
    }
}

extension AddressPolicy {
    /// Where endpoints may be, for commands beside the hub.
    ///
    /// - Throws: ``ConfigurationError``.
    init(reader: ConfigReader) throws {
        var settings = DeliverySettings()
        try settings.readAddresses(reader)
        self = settings.policy(isDevelopment: try reader.flag(.development) ?? false)
    }

    /// The same policy with the networks that operators opened to a client.
    func reopening(for client: RegisteredClient?) -> Self {
        reopening((client?.endpointNetworks ?? []).compactMap { IPNetwork($0) })
    }
}
