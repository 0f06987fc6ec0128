import Testing

@testable import Outbound

/// D-72: a certificate is for the names it has, and for no other.
struct CertificateNameTests {
    @Test(arguments: [
        ("hooks.example.org", "hooks.example.org"), ("HOOKS.example.org", "hooks.EXAMPLE.org"),
        ("*.example.org", "hooks.example.org"), ("hooks.example.org", "hooks.example.org."), ("localhost", "localhost"),
    ])
    func aNameIsCovered(pattern: String, host: String) { #expect(CertificateName.covers(pattern: pattern, host: host)) }

    @Test(arguments: [
        ("hooks.example.org", "example.org"), ("example.org", "hooks.example.org"), ("*.example.org", "example.org"),
        ("*.example.org", "a.hooks.example.org"), ("*.org", "example.org"), ("*", "localhost"), ("", "localhost"),
        ("h*.example.org", "hooks.example.org"), ("hooks.*.org", "hooks.example.org"),
        ("127.0.0.1", "hooks.example.org"),
        ("hooks.example.org.evil.example", "hooks.example.org"),
    ])
    func anotherNameIsNot(pattern: String, host: String) {
        #expect(!CertificateName.covers(pattern: pattern, host: host))
    }
}
