import Configuration
import Foundation
import MESH

/// The MESH mailbox that feeds come into.
struct MESHSettings: Sendable {
    var client: MESHConfiguration
    /// The workflow that feeds come with.
    var workflow = "VACCINATION_FEED"
    var pollInterval: Duration = .seconds(60)
}

extension MESHSettings {
    /// Reads and checks the settings; nil where no MESH is configured.
    ///
    /// - Throws: ``ConfigurationError``.
    init?(reader: ConfigReader, isDevelopment: Bool) throws {
        guard let url = reader.text(.meshUrl) else {
            let others: [Setting] = [.meshMailbox, .meshPassword, .meshSharedKey, .meshWorkflow]
            if let other = others.first(where: { reader.text($0) != nil }) {
                throw ConfigurationError.missing(.meshUrl, "\(other.variable) is, so set it too, or neither")
            }
            return nil
        }
        guard let address = URL(string: url), address.host() != nil, ["https", "http"].contains(address.scheme),
            address.user() == nil, address.query() == nil
        else {
            throw ConfigurationError.invalid(.meshUrl, "must be https://host, e.g. https://msg.intspineservices.nhs.uk")
        }
        guard address.scheme == "https" || isDevelopment else {
            throw ConfigurationError.invalid(
                .meshUrl,
                "must begin with https:// (http:// only with HERALD_DEVELOPMENT)"
            )
        }
        guard let mailbox = MailboxID(try Self.required(.meshMailbox, reader, "the mailbox's id")) else {
            throw ConfigurationError.invalid(.meshMailbox, "must be letters and digits, e.g. X26HERALD1")
        }
        let credentials = MailboxCredentials(
            mailbox: mailbox,
            password: try Self.required(.meshPassword, reader, "the mailbox's password"),
            sharedKey: try Self.required(.meshSharedKey, reader, "the key of the MESH environment")
        )
        client = MESHConfiguration(url: url, credentials: credentials)
        client.clientVersion = "Herald/\(Herald.version)"
        client.tls = MESHTLSFiles(
            certificate: reader.text(.meshCertificate),
            privateKey: reader.text(.meshPrivateKey),
            authorities: reader.text(.meshCa)
        )
        guard (client.tls.certificate == nil) == (client.tls.privateKey == nil) else {
            let missing: Setting = client.tls.certificate == nil ? .meshCertificate : .meshPrivateKey
            throw ConfigurationError.missing(missing, "a certificate and its key go together")
        }
        workflow = reader.text(.meshWorkflow) ?? workflow
        if let seconds = try reader.number(.meshPollInterval, in: 1...3600) { pollInterval = .seconds(seconds) }
    }

    private static func required(_ setting: Setting, _ reader: ConfigReader, _ what: String) throws -> String {
        guard let text = reader.text(setting) else {
            throw ConfigurationError.missing(setting, "HERALD_MESH_URL is, so set it to \(what)")
        }
        return text
    }
}
