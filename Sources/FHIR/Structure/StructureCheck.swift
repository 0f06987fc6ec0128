extension JSONValue {
    /// Where this value is not built as the type wants it: types, cardinalities, unknown elements, forms of primitives.
    ///
    /// After fifty faults it says that there are more and stops.
    package func structureFaults(as type: StructureType) -> [StructureFault] {
        var check = StructureCheck()
        check.check(self, as: type, at: "")
        return check.faults
    }
}

/// A walk over a resource.
private struct StructureCheck {
    private(set) var faults: [StructureFault] = []
    private static let limit = 50

    mutating func check(_ value: JSONValue, as type: StructureType, at path: String) {
        guard case .object(let object) = value else { return add(.mustBeObject, path.isEmpty ? type.rawValue : path) }
        guard !object.members.isEmpty else { return add(.empty, path.isEmpty ? type.rawValue : path) }
        let elements = type.elements
        for member in object.members where !(type.isResource && member.name == "resourceType") {
            guard faults.count <= Self.limit else { return }
            check(member, among: elements, in: path)
        }
        let missing = elements.filter { $0.value.isRequired && object[$0.key] == nil }.map(\.key)
        for name in missing.sorted() { add(.missing, Self.join(path, name)) }
        checkChoices(of: type, elements, object, at: path)
    }

    private mutating func check(
        _ member: JSONObject.Member,
        among elements: [String: ElementDefinition],
        in path: String
    ) {
        let place = Self.join(path, member.name)
        if let element = elements[member.name] {
            check(member.value, element, at: place)
        } else if member.name.hasPrefix("_"), let element = elements[String(member.name.dropFirst())],
            case .primitive = element.content
        {
            checkExtensions(member.value, isList: element.isList, at: place)
        } else {
            add(.unknownElement, place)
        }
    }

    private mutating func check(_ value: JSONValue, _ element: ElementDefinition, at place: String) {
        guard element.isList else { return check(value, element.content, at: place) }
        guard case .array(let entries) = value else { return add(.mustBeArray, place) }
        guard !entries.isEmpty else { return add(.empty, place) }
        for (index, entry) in entries.enumerated() {
            guard faults.count <= Self.limit else { return }
            check(entry, element.content, at: "\(place)[\(index)]")
        }
    }

    private mutating func check(_ value: JSONValue, _ content: ElementDefinition.Content, at place: String) {
        switch content {
        case .primitive(let type):
            if !type.holds(value) { add(.value(type), place) }
        case .complex(let type): check(value, as: type, at: place)
        case .containedResource:
            switch value["resourceType"]?.string {
            case "Patient": check(value, as: .patient, at: place)
            case "Practitioner": check(value, as: .practitioner, at: place)
            default: add(.resourceType, place)
            }
        case .anyObject:
            guard case .object(let object) = value else { return add(.mustBeObject, place) }
            if object.members.isEmpty { add(.empty, place) }
        }
    }

    /// What stands beside a primitive, under its name with an underscore: an id, or extensions.
    private mutating func checkExtensions(_ value: JSONValue, isList: Bool, at place: String) {
        guard isList else { return check(value, as: .element, at: place) }
        guard case .array(let entries) = value else { return add(.mustBeArray, place) }
        guard entries.contains(where: { !$0.isNull }) else { return add(.empty, place) }
        for (index, entry) in entries.enumerated() where !entry.isNull {
            guard faults.count <= Self.limit else { return }
            check(entry, as: .element, at: "\(place)[\(index)]")
        }
    }

    private mutating func checkChoices(
        of type: StructureType,
        _ elements: [String: ElementDefinition],
        _ object: JSONObject,
        at path: String
    ) {
        var counts: [String: Int] = [:]
        for member in object.members {
            if let choice = elements[member.name]?.choice { counts[choice, default: 0] += 1 }
        }
        for (choice, _) in counts.filter({ $0.value > 1 }).sorted(by: { $0.key < $1.key }) {
            add(.severalOfChoice, Self.join(path, choice + "[x]"))
        }
        for choice in type.requiredChoices where counts[choice] == nil {
            add(.missing, Self.join(path, choice + "[x]"))
        }
    }

    private mutating func add(_ reason: StructureFault.Reason, _ path: String) {
        guard faults.count < Self.limit else {
            if faults.count == Self.limit { faults.append(StructureFault(path: "", reason: .more)) }
            return
        }
        faults.append(StructureFault(path: path, reason: reason))
    }

    /// Names come from outside and may be of any length.
    private static func join(_ path: String, _ name: String) -> String {
        let name = name.unicodeScalars.count <= 64 ? name : String(name.unicodeScalars.prefix(64)) + "…"
        return path.isEmpty ? name : "\(path).\(name)"
    }
}
