package import FHIR
import Foundation

/// Why bytes are no answer; the texts say nothing of what was in them.
package enum ITKAnswerError: Error, Hashable, Sendable {
    case xml(XMLError)
    case json(JSONError)
    /// A resource without a MessageHeader that has a `response`.
    case noResponse
}

extension ITKAnswerError: CustomStringConvertible {
    /// A sentence that is safe to log.
    package var description: String {
        switch self {
        case .xml(let error): "not FHIR in XML: \(error)"
        case .json(let error): "not JSON: \(error)"
        case .noResponse: "no MessageHeader with a response in it"
        }
    }
}

extension ITKAnswer {
    /// Reads an answer, whatever form it has (G-26): XML or JSON by its first character, one issue or more, with or without
    /// display, of whatever severity, sent by an organisation or a person.
    package init(reading bytes: [UInt8]) throws(ITKAnswerError) {
        let bundle: JSONValue
        let start = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        if start == UInt8(ascii: "{") {
            let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
            do { bundle = try JSONValue(parsing: text) } catch { throw .json(error) }
        } else {
            do { bundle = try STU3XMLReader.resource(in: bytes) } catch { throw .xml(error) }
        }
        let entries = bundle["entry"]?.array ?? []
        let resources = entries.compactMap { $0["resource"] }
        guard let header = resources.first(where: { $0["resourceType"] == "MessageHeader" }),
            let response = header["response"]
        else { throw .noResponse }
        id = Self.uuid(header["id"]?.string)
        subject = Self.subject(response["identifier"]?.string)
        let isPositive = response["code"]?.string == "ok"
        self.isPositive = isPositive
        let codes = Self.codes(of: Self.outcome(response.at("details", "reference")?.string, in: entries))
        code = codes.first { Self.isPositive($0) == isPositive } ?? codes.first
        let parts = Self.handling(of: header)
        wantsAnswer = parts["InfAckRequested"]?["valueBoolean"] == true
        mailbox = header.at("source", "endpoint")?.string
        senderReference = parts["SenderReference"]?["valueString"]?.string
    }

    private static func isPositive(_ code: ITKResponseCode) -> Bool {
        ["20013", "30001", "30004"].contains(code.digits)
    }

    private static func uuid(_ text: String?) -> UUID? {
        guard let text else { return nil }
        let bare = text.trimmingCharacters(in: .whitespaces)
        return UUID(uuidString: String(bare.lowercased().hasPrefix("urn:uuid:") ? bare.dropFirst(9) : bare[...]))
    }

    private static func subject(_ identifier: String?) -> Subject {
        if let id = uuid(identifier) { return .message(id) }
        return identifier == "UNREADABLE-IN-ORIGINAL-MESSAGE" ? .unreadable : .unknown
    }

    /// The outcome that the response names; if it names none that is there, the first.
    private static func outcome(_ reference: String?, in entries: [JSONValue]) -> JSONValue? {
        let outcomes = entries.filter { $0["resource"]?["resourceType"] == "OperationOutcome" }
        let named = outcomes.first { entry in
            let id = entry["resource"]?["id"]?.string
            return reference != nil
                && (entry["fullUrl"]?.string == reference || id.map { reference?.hasSuffix($0) } == true)
        }
        return (named ?? outcomes.first)?["resource"]
    }

    /// The codes of all issues; those of ITK's own code system first.
    private static func codes(of outcome: JSONValue?) -> [ITKResponseCode] {
        let issues = outcome?["issue"]?.array ?? []
        let codings = issues.flatMap { $0.at("details", "coding")?.array ?? [] }
        let own = codings.filter { $0["system"]?.string?.contains("ITK-ResponseCodes") == true }
        return (own + codings).compactMap { $0["code"]?.string.flatMap { ITKResponseCode($0) } }
    }

    private static func handling(of header: JSONValue) -> [String: JSONValue] {
        let extensions = header["extension"]?.array ?? []
        let handling = extensions.first { $0["url"]?.string?.contains("ITK-MessageHandling") == true }
        let parts = handling?["extension"]?.array ?? []
        return Dictionary(parts.compactMap { part in part["url"]?.string.map { ($0, part) } }) { first, _ in first }
    }
}
