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
        try children(of: object, elements, without: ["resourceType"], path: path)
        text += "</\(type)>"
    }

    private mutating func children(
        of object: JSONObject,
        _ elements: [STU3ElementTable.Element],
        without attributes: [String],
        path: String
    ) throws(STU3Error) {
        let known = Set(elements.flatMap { $0.isPrimitive ? [$0.name, "_\($0.name)"] : [$0.name] })
        for member in object.members where !attributes.contains(member.name) && !known.contains(member.name) {
            // The name is the sender's; it is shown only if it could be an element's.
            let isName = member.name.utf8.allSatisfy { UInt8(ascii: "A")...UInt8(ascii: "z") ~= $0 }
            throw .unknownElement(path: isName ? "\(path).\(member.name)" : path)
        }
        guard object.members.contains(where: { !attributes.contains($0.name) }) else { throw .unfitValue(path: path) }
        for element in elements {
            let path = "\(path).\(element.name)"
            let beside = element.isPrimitive ? object["_\(element.name)"] : nil
            for (value, beside) in try Self.repetitions(object[element.name], beside, path: path) {
                try self.element(element, value, beside, path: path)
            }
        }
    }

    /// Each value with what stands beside it: the arrays of `name` and `_name` go together, with nulls in gaps.
    private static func repetitions(
        _ value: JSONValue?,
        _ beside: JSONValue?,
        path: String
    ) throws(STU3Error) -> [(JSONValue?, JSONValue?)] {
        guard value != nil || beside != nil else { return [] }
        guard value?.array != nil || beside?.array != nil else { return [(value, beside)] }
        let values = value.map { $0.array ?? [$0] } ?? []
        let besides = beside.map { $0.array ?? [$0] } ?? []
        let count = max(values.count, besides.count)
        guard count > 0, besides.isEmpty || values.isEmpty || values.count == besides.count else {
            throw .unfitValue(path: path)
        }
        func repetition(_ index: Int, of values: [JSONValue]) -> JSONValue? {
            values.isEmpty || !besides.isEmpty && values[index].isNull ? nil : values[index]
        }
        return (0..<count).map { (repetition($0, of: values), repetition($0, of: besides)) }
    }

    private mutating func element(
        _ element: STU3ElementTable.Element,
        _ value: JSONValue?,
        _ beside: JSONValue?,
        path: String
    ) throws(STU3Error) {
        switch (element.content, value) {
        case (.text, _), (.boolean, _), (.number, _): try primitive(element.name, value, beside, path: path)
        case (.xhtml, let value?):
            guard let div = value.string, NarrativeCheck.accepts(div) else { throw .unsafeNarrative(path: path) }
            text += div
        case (.resource, let value?):
            text += "<\(element.name)>"
            try resource(value, path: path)
            text += "</\(element.name)>"
        case (.complex(let type), let value?): try complex(element.name, type: type, value, path: path)
        case (_, nil): throw .unfitValue(path: path)
        }
    }

    /// A primitive with its id and extensions, which JSON keeps in a member of their own beside it.
    private mutating func primitive(
        _ name: String,
        _ value: JSONValue?,
        _ beside: JSONValue?,
        path: String
    ) throws(STU3Error) {
        guard beside == nil || beside?.object?.members.isEmpty == false else { throw .unfitValue(path: path) }
        text += "<\(name)"
        if let id = beside?["id"] { try attribute("id", id, path: path) }
        if let value { try attribute("value", value, path: path) }
        guard let object = beside?.object, object.members.contains(where: { $0.name != "id" }) else {
            text += "/>"
            return
        }
        text += ">"
        try children(of: object, STU3ElementTable.elementsOfAnyType, without: ["id"], path: path)
        text += "</\(name)>"
    }

    private mutating func attribute(_ name: String, _ value: JSONValue, path: String) throws(STU3Error) {
        guard let primitive = Self.text(ofPrimitive: value) else { throw .unfitValue(path: path) }
        text += " \(name)=\"\(primitive.xmlAttribute)\""
    }

    private mutating func complex(
        _ name: String,
        type: String,
        _ value: JSONValue,
        path: String
    ) throws(STU3Error) {
        guard let object = value.object else { throw .unfitValue(path: path) }
        let attributes = type == "Extension" ? ["id", "url"] : ["id"]
        guard type != "Extension" || object["url"] != nil else { throw .unfitValue(path: path) }
        text += "<\(name)"
        for name in attributes {
            if let value = object[name] { try attribute(name, value, path: path) }
        }
        text += ">"
        try children(of: object, STU3ElementTable.elements(ofType: type), without: attributes, path: path)
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
