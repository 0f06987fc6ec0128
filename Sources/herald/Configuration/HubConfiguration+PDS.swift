import Configuration
import Foundation
import PDS

extension HubConfiguration {
    /// How the hub shows the Personal Demographics Service who it is: by a token it is given, or by credentials of its own.
    ///
    /// - Parameters:
    ///   - reader: The settings.
    ///   - isDevelopment: Whether tokens may be asked for without TLS.
    ///   - url: The service's FHIR base.
    /// - Returns: The way.
    /// - Throws: ``ConfigurationError`` that names the setting and says what to write; never with a secret in it.
    static func pdsToken(
        _ reader: ConfigReader,
        _ isDevelopment: Bool,
        _ url: String
    ) throws -> PDSConfiguration.Token {
        let ways = [Setting.pdsToken, .pdsTokenFile, .pdsClientId].filter { reader.text($0) != nil }
        if ways.count > 1 {
            throw ConfigurationError.invalid(ways[0], "and \(ways[1].variable) exclude each other")
        }
        if let credentials = try pdsCredentials(reader, isDevelopment, url) { return .own(credentials) }
        if let token = reader.text(.pdsToken) { return .fixed(token) }
        return reader.text(.pdsTokenFile).map { .file(path: $0) } ?? .none
    }

    private static func pdsCredentials(
        _ reader: ConfigReader,
        _ isDevelopment: Bool,
        _ url: String
    ) throws -> PDSCredentials? {
        guard let client = reader.text(.pdsClientId) else {
            let stray = [Setting.pdsKeyId, .pdsKeyFile, .pdsTokenUrl].first { reader.text($0) != nil }
            if let stray { throw ConfigurationError.invalid(stray, "is set without HERALD_PDS_CLIENT_ID") }
            return nil
        }
        func required(_ setting: Setting) throws -> String {
            guard let text = reader.text(setting) else {
                throw ConfigurationError.missing(setting, "HERALD_PDS_CLIENT_ID needs it")
            }
            return text
        }
        let keyID = try required(.pdsKeyId)
        let path = try required(.pdsKeyFile)
        guard
            let tokenURL = reader.text(.pdsTokenUrl)
                ?? URL(string: "/oauth2/token", relativeTo: URL(string: url))?.absoluteString,
            tokenURL.hasPrefix("https://") || isDevelopment && tokenURL.hasPrefix("http://")
        else {
            throw ConfigurationError.invalid(.pdsTokenUrl, "must begin with https:// (http:// in development only)")
        }
        guard let pem = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError.invalid(.pdsKeyFile, "must be a file that this process can read")
        }
        do {
            return try PDSCredentials(tokenURL: tokenURL, clientID: client, keyID: keyID, privateKey: pem)
        } catch {
            // The library's words might quote the key.
            throw ConfigurationError.invalid(.pdsKeyFile, "must hold an RSA private key of 2048 bits or more, as PEM")
        }
    }
}
