import Configuration
import NIOSSL

/// How a listener speaks TLS, and whether clients must show a certificate.
struct ListenerTLS: Hashable, Sendable {
    /// What is asked of clients.
    enum ClientCertificates: String, CaseIterable {
        /// Nothing.
        case off
        /// A certificate is checked if there is one.
        case request
        /// Who has none does not get through the handshake.
        case require
    }

    /// PEM file of the server's certificate, followed by those that lead to its issuer.
    var certificate: String
    /// PEM file of its private key.
    var privateKey: String
    var clientCertificates = ClientCertificates.off
    /// PEM file of the authorities that sign clients' certificates.
    var clientAuthorities: String?

    /// Reads the files.
    ///
    /// - Throws: ``ConfigurationError`` for one that cannot be used.
    func configuration() throws -> TLSConfiguration {
        let chain = try Self.read(.tlsCertificate, certificate) { try NIOSSLCertificate.fromPEMFile($0) }
        let key = try Self.read(.tlsPrivateKey, privateKey) { try NIOSSLPrivateKey(file: $0, format: .pem) }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        if clientCertificates != .off {
            let path = clientAuthorities ?? ""
            let authorities = try Self.read(.tlsClientCa, path) { try NIOSSLCertificate.fromPEMFile($0) }
            tls.trustRoots = .certificates(authorities)
            tls.certificateVerification =
                clientCertificates == .require
                ? .noHostnameVerification : .optionalVerification
            tls.sendCANameList = true
        }
        return tls
    }

    private static func read<Content>(
        _ setting: Setting,
        _ path: String,
        _ read: (String) throws -> Content
    ) throws -> Content {
        do {
            return try read(path)
        } catch {
            throw ConfigurationError.invalid(setting, "names \(path), which is no PEM file that can be read")
        }
    }
}

extension ListenerTLS {
    /// Reads and checks the settings of the main listener; nil for plain HTTP.
    ///
    /// - Throws: ``ConfigurationError``.
    init?(reader: ConfigReader) throws {
        guard let certificate = reader.text(.tlsCertificate) else {
            let others: [Setting] = [.tlsPrivateKey, .tlsClientCertificates, .tlsClientCa]
            if let other = others.first(where: { reader.text($0) != nil }) {
                throw ConfigurationError.missing(.tlsCertificate, "\(other.variable) is, so set it too, or neither")
            }
            return nil
        }
        guard let privateKey = reader.text(.tlsPrivateKey) else {
            throw ConfigurationError.missing(.tlsPrivateKey, "a certificate and its key go together")
        }
        self.init(certificate: certificate, privateKey: privateKey)
        try ask(
            reader.choice(.tlsClientCertificates, among: ClientCertificates.allCases.map(\.rawValue)) ?? .off,
            signedBy: reader.text(.tlsClientCa)
        )
    }

    /// Sets what is asked of clients, and tries all files.
    mutating func ask(_ clients: ClientCertificates, signedBy authorities: String?) throws {
        guard (clients == .off) == (authorities == nil) else {
            throw authorities == nil
                ? ConfigurationError.missing(
                    .tlsClientCa,
                    "clients' certificates cannot be checked without authorities"
                )
                : ConfigurationError.missing(.tlsClientCertificates, "HERALD_TLS_CLIENT_CA is for request or require")
        }
        clientCertificates = clients
        clientAuthorities = authorities
        do {
            _ = try NIOSSLContext(configuration: configuration())
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError.invalid(.tlsPrivateKey, "does not belong to HERALD_TLS_CERTIFICATE, or is no key")
        }
    }
}
