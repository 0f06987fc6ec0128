import FHIR

/// One entry of an `Accept` or `Content-Type` header: a media type, or a range of them, with its parameters (RFC 9110
/// §8.3.1, §12.5.1).
struct MediaRange: Hashable, Sendable {
    /// In lower case, such as `application/fhir+json` or `*/*`.
    let type: String
    /// By name in lower case; of two of one name the first.
    let parameters: [String: String]

    /// The entries of a header, commas between them.
    static func list(_ header: some StringProtocol) -> [MediaRange] {
        pieces(of: header, at: ",").filter { !$0.isEmpty }.map { MediaRange($0) }
    }

    /// One entry; what is not built as a media type matches none.
    init(_ text: some StringProtocol) {
        let pieces = Self.pieces(of: text, at: ";")
        type = pieces.first?.lowercased() ?? ""
        parameters = Dictionary(
            pieces.dropFirst().compactMap { piece in
                let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard halves.count == 2 else { return nil }
                return (Self.trimmed(halves[0]).lowercased(), Self.unquoted(Self.trimmed(halves[1])))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Whether the client wants this at all: `q=0` says no.
    var isWanted: Bool { parameters["q"].map { Double($0) ?? 1 } ?? 1 > 0 }

    /// The parts between separators that stand outside of quotes, without the white space around them.
    private static func pieces(of text: some StringProtocol, at separator: Character) -> [Substring] {
        var isQuoted = false
        let parts = Substring(text).split(omittingEmptySubsequences: false) { character in
            if character == "\"" { isQuoted.toggle() }
            return character == separator && !isQuoted
        }
        return parts.map { trimmed($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isBlank)
        return start.dropLast(start.reversed().prefix(while: isBlank).count)
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        return String(text.dropFirst().dropLast())
    }
}

extension MediaRange {
    /// How Herald gets on with a client's wish, or with a body.
    enum Fit {
        /// FHIR R4 as JSON, version 1 of the interface.
        case fits
        /// The same in a version of the interface that is yet to come.
        case newerVersion
        /// Something else.
        case other
    }

    /// Whether this is FHIR as JSON, in this release.
    func fit(to release: FHIRRelease = .r4) -> Fit {
        guard ["application/fhir+json", "application/json", "application/*", "*/*"].contains(type) else {
            return .other
        }
        let versions: [String?] = release == .r4 ? ["4.0", "4.0.1", nil] : ["4.3", "4.3.0", nil]
        guard versions.contains(parameters["fhirversion"]),
            ["utf-8", "utf8", nil].contains(parameters["charset"]?.lowercased())
        else { return .other }
        guard let version = parameters["version"] else { return .fits }
        guard let major = version.split(separator: ".", omittingEmptySubsequences: false).first.flatMap({ Int($0) }),
            version.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }), major > 0
        else { return .other }
        return major == 1 ? .fits : .newerVersion
    }
}
