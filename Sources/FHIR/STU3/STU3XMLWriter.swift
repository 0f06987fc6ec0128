/// Writes a FHIR STU3 resource, given as its JSON, as XML: elements in the order of the schema, whatever the order of
/// the members; UTF-8 without a byte order mark, no DOCTYPE, no white space between elements (gp-digital-medicine.md §2).
package struct STU3XMLWriter {
    private var text = ""

    private init() {}

    /// The document of the resource.
    package static func document(of resource: JSONValue) throws(STU3Error) -> [UInt8] {
        var writer = STU3XMLWriter()
        writer.text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        try writer.resource(resource, attributes: " xmlns=\"http://hl7.org/fhir\"", path: "$")
        return Array(writer.text.utf8)
    }

    private mutating func resource(
        _ value: JSONValue,
        attributes: String = "",
        path: String
    ) throws(STU3Error) {
        guard let object = value.object, let type = object["resourceType"]?.string,
            let elements = STU3ElementTable.elements(ofResource: type)
        else { throw .unknownResource(path: path) }
        text += "<\(type)\(attributes)>"
        try children(of: object, elements, without: "resourceType", path: path)
        text += "</\(type)>"
    }

    private mutating func children(
        of object: JSONObject,
        _ elements: [STU3ElementTable.Element],
        without attribute: String? = nil,
        path: String
    ) throws(STU3Error) {
        let known = Set(elements.map(\.name))
        for member in object.members where member.name != attribute && !known.contains(member.name) {
            // The name is the sender's; it is shown only if it could be an element's.
            let isName = member.name.utf8.allSatisfy { UInt8(ascii: "A")...UInt8(ascii: "z") ~= $0 }
            throw .unknownElement(path: isName ? "\(path).\(member.name)" : path)
        }
        guard object.members.contains(where: { $0.name != attribute }) else { throw .unfitValue(path: path) }
        for element in elements {
            guard let value = object[element.name] else { continue }
            let path = "\(path).\(element.name)"
            guard let repetitions = value.array else {
                try self.element(element, value, path: path)
                continue
            }
            guard !repetitions.isEmpty else { throw .unfitValue(path: path) }
            for value in repetitions { try self.element(element, value, path: path) }
        }
    }

    private mutating func element(
        _ element: STU3ElementTable.Element,
        _ value: JSONValue,
        path: String
    ) throws(STU3Error) {
        switch element.content {
        case .primitive:
            guard let primitive = Self.text(ofPrimitive: value) else { throw .unfitValue(path: path) }
            text += "<\(element.name) value=\"\(primitive.xmlAttribute)\"/>"
        case .xhtml:
            guard let div = value.string, NarrativeCheck.accepts(div) else { throw .unsafeNarrative(path: path) }
            text += div
        case .resource:
            text += "<\(element.name)>"
            try resource(value, path: path)
            text += "</\(element.name)>"
        case .complex(let type): try complex(element.name, type: type, value, path: path)
        }
    }

    private mutating func complex(
        _ name: String,
        type: String,
        _ value: JSONValue,
        path: String
    ) throws(STU3Error) {
        guard let object = value.object else { throw .unfitValue(path: path) }
        let elements = STU3ElementTable.elements(ofType: type)
        if type == "Extension" {
            guard let url = object["url"]?.string else { throw .unfitValue(path: path) }
            text += "<\(name) url=\"\(url.xmlAttribute)\">"
            try children(of: object, elements, without: "url", path: path)
        } else {
            text += "<\(name)>"
            try children(of: object, elements, path: path)
        }
        text += "</\(name)>"
    }

    private static func text(ofPrimitive value: JSONValue) -> String? {
        switch value {
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text):
            // FHIR knows no empty value.
            text.unicodeScalars.contains { $0.isLegalInXML && !$0.properties.isWhitespace } ? text : nil
        case .null, .array, .object: nil
        }
    }
}
