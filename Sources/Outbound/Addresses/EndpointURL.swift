import Foundation

/// An endpoint's URL, parsed once and strictly: what was checked is what is connected to (D-70, D-71).
package struct EndpointURL: Hashable, Sendable {
    /// Whether the connection speaks TLS.
    package let isSecure: Bool
    /// A name in lower case and ASCII, or an address without brackets.
    package let host: String
    /// The host as an address; nil for a name, which has to be looked up.
    package let address: IPAddress?
    package let port: Int
    /// Path and query: what the request asks for.
    package let target: String

    /// Parses a URL as far as this goes without asking a name server.
    ///
    /// - Parameters:
    ///   - text: What a subscriber or operator wrote.
    ///   - policy: Which schemes, ports and addresses are allowed.
    /// - Throws: ``EndpointURLError`` that says what to write instead.
    package init(_ text: String, policy: AddressPolicy) throws(EndpointURLError) {
        let (scheme, rest) = try Self.split(text)
        isSecure = scheme == "https"
        guard isSecure || scheme == "http" && policy.isDevelopment else { throw .scheme }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard !rest[..<end].contains("@") else { throw .userInfo }
        let (host, port) = try Self.hostAndPort(rest[..<end])
        self.port = port ?? (isSecure ? 443 : 80)
        guard policy.isDevelopment || policy.ports.contains(self.port) else { throw .port(self.port) }
        if host.hasPrefix("[") {
            guard let literal = IPAddress(host.dropFirst().dropLast()), !literal.isIPv4 else { throw .host }
            address = literal
        } else {
            address = IPAddress(host)
        }
        if let address {
            guard policy.allowsLiteral(address) else { throw .literal }
            self.host = address.description
        } else {
            self.host = try Self.name(host, policy)
        }
        target = try Self.target(rest[end...])
    }

    /// Scheme, host and port: what breakers and limits go by (`delivery.md` §6).
    package var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }

    /// `Host` of the request; the port stands there where it is not the scheme's own.
    package var authority: String {
        let name = address.map { $0.isIPv4 ? host : "[\(host)]" } ?? host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func split(_ text: String) throws(EndpointURLError) -> (scheme: String, rest: Substring) {
        guard text.utf8.count <= 2048 else { throw .length }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && scalar != "\\" && !scalar.properties.isWhitespace
                && scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
        }
        guard isPlain else { throw .characters }
        guard !text.contains("#") else { throw .fragment }
        guard let mark = text.range(of: "://") else { throw .scheme }
        return (text[..<mark.lowerBound].lowercased(), text[mark.upperBound...])
    }

    private static func hostAndPort(_ authority: Substring) throws(EndpointURLError) -> (Substring, Int?) {
        let afterHost: Substring
        let host: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw .host }
            host = authority[...close]
            afterHost = authority[authority.index(after: close)...]
        } else {
            host = authority.prefix { $0 != ":" }
            afterHost = authority[host.endIndex...]
        }
        guard !host.isEmpty else { throw .host }
        guard !afterHost.isEmpty else { return (host, nil) }
        let digits = afterHost.dropFirst()
        guard afterHost.first == ":", (1...5).contains(digits.utf8.count), !digits.hasPrefix("0"),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), port <= 65_535
        else { throw .portText }
        return (host, port)
    }

    /// A host name of at least two labels, made ASCII first where it is not (IDNA), so that it is what came out that is judged.
    private static func name(_ text: Substring, _ policy: AddressPolicy) throws(EndpointURLError) -> String {
        var name = text.lowercased()
        if name.utf8.contains(where: { $0 >= 0x80 }) {
            guard !name.contains("%"), let ascii = URLComponents(string: "https://\(name)/")?.encodedHost else {
                throw .host
            }
            name = ascii.lowercased()
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isWellFormed = name.utf8.count <= 253 && labels.allSatisfy(isLabel)
        guard isWellFormed, let last = labels.last else { throw .host }
        // A name whose last label reads as a number is taken for an IPv4 address by some (0x7f.1, 127.1, 2130706433).
        let isNumber = last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.hasPrefix("0x")
        guard !isNumber else { throw .literal }
        guard labels.count > 1 || policy.isDevelopment && name == "localhost" else { throw .singleLabel }
        return name
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    private static func target(_ text: Substring) throws(EndpointURLError) -> String {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            guard byte < 0x80, !"\"<>^`{|}".utf8.contains(byte) else { throw .characters }
            guard byte == UInt8(ascii: "%") else { continue }
            let digits = bytes[(index + 1)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
                throw .characters
            }
        }
        return text.hasPrefix("/") ? String(text) : "/" + text
    }
}
