/// Reads a FHIR STU3 resource in XML as its JSON (gp-digital-medicine.md §2): elements in any order, with or without
/// the namespace; what ``STU3ElementTable`` does not know is kept as well, as text and, where it repeats, as an array.
///
/// Digits of numbers stay as they are, a narrative's `div` is kept as its text. An element without anything in it, which
/// FHIR does not know, is left out.
package struct STU3XMLReader {
    private let bytes: [UInt8]

    /// The resource of the document.
    package static func resource(
        in bytes: [UInt8],
        limits: XMLLimits = XMLLimits()
    ) throws(XMLError) -> JSONValue {
        let root = try XMLTreeParser.root(of: bytes, limits: limits)
        guard root[attribute: "xmlns"] ?? namespace == namespace else {
            throw .notAResource(offset: root.source.lowerBound)
        }
        return try STU3XMLReader(bytes: bytes).resource(root)
    }

    private static let namespace = "http://hl7.org/fhir"

    private func resource(_ element: XMLElement) throws(XMLError) -> JSONValue {
        guard element.hasResourceName else { throw .notAResource(offset: element.source.lowerBound) }
        let type = JSONObject.Member(name: "resourceType", value: .string(element.name))
        let elements = STU3ElementTable.elements(ofResource: element.name) ?? STU3ElementTable.elementsOfAnyResource
        return .object(JSONObject(try members(of: element, elements, after: [type])))
    }

    /// The children as members behind the given ones, in the order in which their names first appear.
    private func members(
        of element: XMLElement,
        _ declared: [STU3ElementTable.Element],
        after first: [JSONObject.Member]
    ) throws(XMLError) -> [JSONObject.Member] {
        if let offset = element.textOffset { throw .strayText(offset: offset) }
        var names: [String] = []
        var groups: [String: [XMLElement]] = [:]
        for child in element.children {
            // A member may not come twice, and `_` begins the names of what JSON keeps beside primitives.
            guard !child.name.hasPrefix("_"), !first.contains(where: { $0.name == child.name }) else {
                throw .unexpectedElement(offset: child.source.lowerBound)
            }
            if groups[child.name] == nil { names.append(child.name) }
            groups[child.name, default: []].append(child)
        }
        var members = first
        for name in names {
            members += try self.members(name, groups[name] ?? [], declared.first { $0.name == name })
        }
        return members
    }

    /// The member of this name, and the one beside it with what the primitives have further.
    private func members(
        _ name: String,
        _ repetitions: [XMLElement],
        _ declared: STU3ElementTable.Element?
    ) throws(XMLError) -> [JSONObject.Member] {
        var readings: [Reading] = []
        for repetition in repetitions {
            let reading = try self.reading(of: repetition, declared)
            if reading.value != nil || reading.beside != nil { readings.append(reading) }
        }
        let isArray = readings.count > 1 || declared?.repeats == true
        func member(_ name: String, _ values: [JSONValue?]) -> JSONObject.Member? {
            guard values.contains(where: { $0 != nil }) else { return nil }
            return .init(name: name, value: isArray ? .array(values.map { $0 ?? .null }) : values[0] ?? .null)
        }
        return [member(name, readings.map(\.value)), member("_\(name)", readings.map(\.beside))].compactMap { $0 }
    }

    /// What an element is in JSON.
    private struct Reading {
        var value: JSONValue?
        /// Id and extensions of a primitive.
        var beside: JSONValue?
    }

    private func reading(
        of element: XMLElement,
        _ declared: STU3ElementTable.Element?
    ) throws(XMLError) -> Reading {
        if element.name == "div" { return Reading(value: .string(text(of: element))) }
        if let child = element.children.first, child.hasResourceName {
            guard element.children.count == 1 else {
                throw .notAResource(offset: element.children[1].source.lowerBound)
            }
            if let offset = element.textOffset { throw .strayText(offset: offset) }
            return Reading(value: try resource(child))
        }
        let elements =
            if case .complex(let type) = declared?.content {
                STU3ElementTable.elements(ofType: type)
            } else {
                STU3ElementTable.elementsOfAnyType
            }
        let value = element[attribute: "value"]
        let isPrimitive = value != nil || declared?.isPrimitive == true
        let attributes = (isPrimitive ? ["id"] : ["id", "url"]).compactMap { name in
            element[attribute: name].map { JSONObject.Member(name: name, value: .string($0)) }
        }
        let members = try members(of: element, elements, after: attributes)
        let object = members.isEmpty ? nil : JSONValue.object(JSONObject(members))
        guard isPrimitive else { return Reading(value: object) }
        return Reading(value: value.map { Self.primitive($0, declared?.content) }, beside: object)
    }

    /// A text that is not of the declared kind stays a text, for whoever checks the resource to find.
    private static func primitive(_ text: String, _ content: STU3ElementTable.Content?) -> JSONValue {
        switch content {
        case .boolean where text == "true": true
        case .boolean where text == "false": false
        case .number where text.first?.isWhitespace == false && text.last?.isWhitespace == false:
            if case .number(let digits)? = try? JSONValue(parsing: text) { .number(digits) } else { .string(text) }
        default: .string(text)
        }
    }

    /// The element as it stands in the document, with line feeds for the line ends (XML 1.0 §2.11).
    private func text(of element: XMLElement) -> String {
        let text = String(decoding: bytes[element.source], as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "\r")) else { return text }
        let feed: Unicode.Scalar = "\n"
        var scalars = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                scalars.append(feed)
            } else if scalar != feed || previous != "\r" {
                scalars.append(scalar)
            }
            previous = scalar
        }
        return String(scalars)
    }
}

extension XMLElement {
    /// Types begin with a capital letter, elements do not.
    fileprivate var hasResourceName: Bool { name.utf8.first.map { (0x41...0x5A).contains($0) } ?? false }
}
