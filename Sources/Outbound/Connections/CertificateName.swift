import NIOSSL
import SwiftASN1
import X509

/// Whether a server's certificate was made for the host name that an endpoint's address has (RFC 9525).
///
/// SwiftNIO takes a certificate for the address that it is connected to as well. Who can answer look-ups of a name falsely
/// can have a certificate for an address of their own, so that this says nothing about the name.
enum CertificateName {
    /// Whether one of the certificate's DNS names is the host's.
    static func covers(_ certificate: NIOSSLCertificate?, host: String) -> Bool {
        guard let bytes = try? certificate?.toDERBytes(), let certificate = try? Certificate(derEncoded: bytes),
            let names = try? certificate.extensions.subjectAlternativeNames
        else { return false }
        return names.contains { name in
            guard case .dnsName(let pattern) = name else { return false }
            return covers(pattern: pattern, host: host)
        }
    }

    /// Whether a DNS name is the host's; `*` stands for its first label, and for nothing else.
    static func covers(pattern: String, host: String) -> Bool {
        let wanted = labels(of: host)
        let offered = labels(of: pattern)
        guard wanted.count == offered.count, wanted.dropFirst() == offered.dropFirst() else { return false }
        return wanted.first == offered.first || (offered.first == "*" && wanted.count > 2)
    }

    private static func labels(of name: String) -> [Substring] {
        let name = name.lowercased()[...]
        return (name.hasSuffix(".") ? name.dropLast() : name).split(separator: ".", omittingEmptySubsequences: false)
    }
}
