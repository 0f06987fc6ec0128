import FHIR
import Foundation
import Messages
import Testing

/// gp-digital-medicine.md §2: what is written is what is read.
struct STU3ReadingTests {
    @Test(arguments: DocumentSample.names)
    func theXMLOfAMessageIsItsJSON(_ name: String) throws {
        let sample = try DocumentSample(name)
        // The narratives of the samples' XML are indented, and their quotes are not escaped as those of the JSON are.
        func plain(_ value: JSONValue) -> JSONValue {
            value.withTexts { text in
                guard text.hasPrefix("<div") else { return text }
                return text.replacing(/>\s+</, with: "><").replacing("&#x27;", with: "'").replacing(
                    "&quot;",
                    with: "\""
                )
            }
        }
        let read = try STU3XMLReader.resource(in: sample.expectedXML)
        #expect(plain(read).differences(from: plain(try sample.expectedJSON)) == [])
        let message = try sample.message()
        #expect(try STU3XMLReader.resource(in: message.bytes(.xml)).differences(from: message.bundle) == [])
    }

    @Test(arguments: AnswerSample.names)
    func theXMLOfAnAnswerIsItsJSON(_ name: String) throws {
        let value = try STU3XMLReader.resource(in: AnswerSample.bytes(name, "xml"))
        #expect(value.differences(from: try JSONValue(parsing: AnswerSample.bytes(name, "json"))) == [])
        #expect(try STU3XMLReader.resource(in: STU3XMLWriter.document(of: value)) == value)
    }

    /// Messages whose texts are made at random, hostile characters among them.
    @Test func whatIsWrittenIsRead() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<8 {
            var resource = try DocumentSample("02-update-covid").expectedJSON
            resource = resource.withTexts { text in
                guard Bool.random(using: &random), !text.hasPrefix("<div") else { return text }
                let scalars = (0..<8).compactMap { _ in Unicode.Scalar(UInt32.random(in: 9..<0x3000, using: &random)) }
                return "x\(String(String.UnicodeScalarView(scalars)).legalInXML)<&>\"'\r\n\t]]>"
            }
            #expect(
                try STU3XMLReader.resource(in: STU3XMLWriter.document(of: resource)).differences(from: resource) == []
            )
        }
    }
}

/// The answers of `digital-medicine/acks`.
enum AnswerSample {
    static let names = [
        "business-deceased-30004", "business-known-30001", "business-moved-30003", "business-not-known-30002",
        "infrastructure-duplicate-document-20008", "infrastructure-duplicate-message-20007",
        "infrastructure-handling-10001", "infrastructure-payload-invalid-20009", "infrastructure-replacement-20014",
        "infrastructure-success-20013", "infrastructure-unreadable-10009",
    ]

    static func bytes(_ name: String, _ format: String) throws -> [UInt8] {
        try Fixtures.bytes("digital-medicine/acks/\(name).\(format)")
    }
}

extension JSONValue {
    /// The value with every text that is not a type's name exchanged.
    fileprivate func withTexts(_ exchange: (String) -> String) -> JSONValue {
        switch self {
        case .string(let text): .string(exchange(text))
        case .array(let elements): .array(elements.map { $0.withTexts(exchange) })
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map {
                        .init(name: $0.name, value: $0.name == "resourceType" ? $0.value : $0.value.withTexts(exchange))
                    }
                )
            )
        default: self
        }
    }
}
