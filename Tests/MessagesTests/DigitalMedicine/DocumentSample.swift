import FHIR
import Foundation
import Messages
import Testing
import Vaccination

/// A sample of `digital-medicine`: the stored record, its order, the message expected.
struct DocumentSample {
    static let names = [
        "01-new-covid", "02-update-covid", "03-delete-covid", "04-new-flu-sparse", "05-new-flu-bst", "06-new-mmr",
        "07-new-flu-quote",
    ]

    let name: String
    var immunization: JSONValue
    var order: DocumentOrder
    let sender: DocumentSender

    init(_ name: String) throws {
        self.name = name
        immunization = try Self.json("inputs/\(name).immunization.json")
        let context = try #require(try Self.json("inputs/context.json")[name])
        func text(_ path: String) throws -> String { try #require(context[path]?.string) }
        let patient = immunization["contained"]?[0]
        let number = context["tracedNhsNumber"]?.string ?? patient?["identifier"]?[0]?["value"]?.string
        order = DocumentOrder(
            vaccineType: try text("vaccineType"),
            version: try #require(context["version"]?.integer),
            composed: try #require(FHIRInstant(try text("created"))).date,
            practice: .init(
                odsCode: try #require(context.at("gp", "ods")?.string),
                name: context.at("gp", "name")?.string
            ),
            tracedNumber: try #require(number.flatMap { NHSNumber($0) })
        )
        order.isWithdrawal = context["action"] == "DELETE"
        order.siteName = context["siteName"]?.string
        if let setting = context["careSetting"]?.array?.compactMap(\.string) {
            order.careSetting = .init(code: setting[0], display: setting[1])
        }
        if let replaced = context["replaces"]?.string {
            order.replaces = try Self.compositionIdentifier(Self.json("messages/\(replaced).json"))
        }
        sender = DocumentSender(odsCode: try text("senderOds"), mailbox: try text("mailbox"))
    }

    func message() throws -> DigitalMedicineMessage {
        try DocumentComposer(sender: sender).message(of: immunization, order)
    }

    var expectedJSON: JSONValue {
        get throws { try Self.json("messages/\(name).json") }
    }

    var expectedXML: [UInt8] {
        get throws { try Fixtures.bytes("digital-medicine/messages/\(name).xml") }
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: Fixtures.bytes("digital-medicine/\(path)"))
    }

    static func compositionIdentifier(_ bundle: JSONValue) throws -> UUID {
        let composition = document(bundle)?["entry"]?[0]?["resource"]
        return try #require(composition?.at("identifier", "value")?.string.flatMap { UUID(uuidString: $0) })
    }

    static func document(_ bundle: JSONValue) -> JSONValue? { bundle["entry"]?[3]?["resource"] }
}

/// Text in which every UUID is replaced by the number of its first appearance, so that two texts are equal if their
/// UUIDs correspond one to one.
struct UUIDNumbers {
    private var numbers: [String: Int] = [:]

    mutating func numbered(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/) { match in
            let uuid = String(match.output)
            let number = numbers[uuid] ?? numbers.count
            numbers[uuid] = number
            return "uuid-\(number)"
        }
    }

    mutating func numbered(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): return .string(numbered(text))
        case .array(let elements): return .array(elements.map { numbered($0) })
        case .object(let object):
            // The order of members says nothing in JSON, so it must not number the UUIDs either.
            let members = object.members.sorted { $0.name < $1.name }
            return .object(JSONObject(members.map { .init(name: $0.name, value: numbered($0.value)) }))
        default: return value
        }
    }

    mutating func numbered(_ tree: XMLTree) -> XMLTree {
        var tree = tree
        for (name, value) in tree.attributes.sorted(by: { $0.key < $1.key }) {
            tree.attributes[name] = numbered(value)
        }
        tree.children = tree.children.map { numbered($0) }
        return tree
    }
}
