import NIOSSL

/// What a listener of a broker asks of its clients: TLS, perhaps a certificate, perhaps a login by SASL.
///
/// The brokers that tests can start speak neither TLS nor SASL that a client could be made for, so the proxy before them does.
package struct KafkaSecurity: Sendable {
    /// Who may come in.
    package struct User: Sendable {
        package let name, password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// How a client shows who it is.
    package enum Login: Sendable {
        case plain(User)
        case scram(ScramHash, User)
        /// SASL OAUTHBEARER with this very token.
        case bearer(token: String)

        var mechanism: String {
            switch self {
            case .plain: "PLAIN"
            case .scram(let hash, _): hash.rawValue
            case .bearer: "OAUTHBEARER"
            }
        }

        func makeExchange() -> SaslExchange {
            switch self {
            // Nobody else's authorisation, name and password, each after a NUL (RFC 4616).
            case .plain(let user): .words([0] + Array(user.name.utf8) + [0] + Array(user.password.utf8))
            case .scram(let hash, let user): .scram(ScramExchange(hash, user))
            // RFC 7628 §3.1.
            case .bearer(let token): .words(Array("n,,\u{1}auth=Bearer \(token)\u{1}\u{1}".utf8))
            }
        }
    }

    let login: Login?
    private let context: NIOSSLContext

    /// - Parameters:
    ///   - folder: The certificates of ``TestCertificates``.
    ///   - asksForCertificate: Whether clients have to show one of that authority.
    ///   - login: Who may come in; nil for anybody.
    /// - Throws: What NIOSSL says against the certificates.
    package init(certificates folder: String, asksForCertificate: Bool = false, login: Login? = nil) throws {
        self.login = login
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(folder + "/server.pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: folder + "/server.key", format: .pem))
        )
        if asksForCertificate {
            settings.trustRoots = .file(folder + "/ca.pem")
            settings.certificateVerification = .noHostnameVerification
        }
        context = try NIOSSLContext(configuration: settings)
    }

    func makeHandler() -> NIOSSLServerHandler { NIOSSLServerHandler(context: context) }
}
