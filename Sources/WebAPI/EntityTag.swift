import FHIR
import Foundation
import HTTPTypes
import Hummingbird

/// The version of a record as headers have it, in the spelling of FHIR and in that of the NHS (Q-100).
enum EntityTag {
    /// The headers of an answer about one version.
    static func headers(version: Int32, modified: Date) -> HTTPFields {
        [
            .eTag: "W/\"\(version)\"", HeaderName.nhsETag: String(version),
            .lastModified: HTTPDate(modified).text,
        ]
    }

    /// Whether `If-None-Match` names this version, compared weakly (RFC 9110 §13.1.2).
    static func isKnown(_ version: Int32, to request: Request) -> Bool {
        request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
            .contains { $0 == "*" || opaque(String($0)) == String(version) }
    }

    /// The inner text of `W/"text"` or `"text"`; what has no quotes is taken as it is.
    static func opaque(_ tag: String) -> String {
        var tag = tag.trimmingCharacters(in: .whitespaces)
        if tag.hasPrefix("W/") { tag.removeFirst(2) }
        guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return tag }
        return String(tag.dropFirst().dropLast())
    }
}

/// The version that an update says it is based on (Q-103).
struct ExpectedVersion {
    /// Which header it came in: what does not match is answered after the fashion of each.
    enum Header: String {
        case ifMatch = "If-Match"
        case nhsETag = "E-Tag"
    }

    let header: Header
    private let text: String

    /// The header as sent; of both, `If-Match` wins.
    init?(_ request: Request) {
        let ifMatch = request.headers[values: .ifMatch]
        let nhsETag = request.headers[values: HeaderName.nhsETag]
        if !ifMatch.isEmpty {
            header = .ifMatch
            text = EntityTag.opaque(ifMatch.joined(separator: ", "))
        } else if !nhsETag.isEmpty {
            header = .nhsETag
            text = nhsETag.joined(separator: ", ").trimmingCharacters(in: .whitespaces)
        } else {
            return nil
        }
    }

    /// The version, a positive integer; one beyond every version that can be is the greatest.
    ///
    /// - Throws: ``HubError`` 400 that names the value.
    func number() throws(HubError) -> Int32 {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.contains(where: { $0 != "0" })
        else {
            throw .invariant(
                "The header \(header.rawValue) must be the record's version, a positive integer such as "
                    + "\(header == .ifMatch ? "W/\"1\"" : "1"); \(text.quotedForAnswer) is none."
            )
        }
        return Int32(text) ?? .max
    }

    /// The refusal where the record is at another version.
    func refusal(current: Int32, expected: Int32) -> HubError {
        let headers: HTTPFields = [.eTag: "W/\"\(current)\"", HeaderName.nhsETag: String(current)]
        let relation = expected < current ? "is behind" : "is ahead of"
        let advice =
            expected < current ? "Read the record again and change that." : "Read the record to learn its version."
        let text =
            "The version \(expected) in \(header.rawValue) \(relation) the record, which is at \(current). \(advice)"
        return switch header {
        case .ifMatch: .preconditionFailed(text, headers: headers)
        case .nhsETag: HubError(.badRequest, .invariant, .badRequest, text, headers: headers)
        }
    }
}
