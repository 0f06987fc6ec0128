package import AsyncHTTPClient
import NIOCore
import NIOSSL

/// Where MESH is, who asks, and the client's limits.
package struct MESHConfiguration: Sendable {
    /// Scheme, host and port, without a slash at the end; `https` everywhere but in development.
    package var url: String
    package var credentials: MailboxCredentials
    package var tls = MESHTLSFiles()
    /// What the handshake calls this client.
    package var clientVersion = "Herald"
    /// Bodies above so many bytes are compressed (M-05).
    package var compressedFrom = 10_000
    /// Bytes in a chunk at most: 20 MB is the limit over the internet, and every chunk but the last has to have 5 (M-05).
    package var chunkBytes = 19_000_000
    package var connectTimeout: Duration = .seconds(5)
    package var answerTimeout: Duration = .seconds(60)
    /// For one chunk, in either direction.
    package var transferTimeout: Duration = .seconds(600)

    /// A configuration with the limits of `mesh.md` §11.
    package init(url: String, credentials: MailboxCredentials) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.credentials = credentials
    }
}

/// Paths of PEM files for mutual TLS (`mesh.md` §10).
package struct MESHTLSFiles: Hashable, Sendable {
    /// The client's certificate, followed by those that lead to its issuer.
    package var certificate: String?
    package var privateKey: String?
    /// The authorities that may have signed the server's certificate; nil for the system's.
    package var authorities: String?

    package init(certificate: String? = nil, privateKey: String? = nil, authorities: String? = nil) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.authorities = authorities
    }
}

extension MESHConfiguration {
    /// An HTTP client for MESH: TLS 1.2 or later, no redirects (M-23).
    ///
    /// Whoever makes it shuts it down.
    ///
    /// - Returns: The client.
    /// - Throws: ``MESHError/unusableFile(_:)`` for a certificate or key that cannot be read.
    package func makeHTTPClient() throws(MESHError) -> HTTPClient {
        var configuration = HTTPClient.Configuration(tlsConfiguration: try tls.configuration())
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .nanoseconds(Int64(connectTimeout / .nanoseconds(1)))
        // Between two pieces of an answer; what an answer may take in all is looked at piece by piece.
        configuration.timeout.read = .nanoseconds(Int64(answerTimeout / .nanoseconds(1)))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        // Whoever calls has pauses of its own; the pool's would grow beside them to a minute.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Shorter than servers keep them: a post must not meet a connection that is about to be closed.
        configuration.connectionPool.idleTimeout = .seconds(4)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

extension MESHTLSFiles {
    fileprivate func configuration() throws(MESHError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let certificate {
            do {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            } catch {
                throw .unusableFile(certificate)
            }
        }
        if let privateKey {
            do {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKey, format: .pem))
            } catch {
                throw .unusableFile(privateKey)
            }
        }
        if let authorities {
            do {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
            } catch {
                throw .unusableFile(authorities)
            }
        }
        return configuration
    }
}
