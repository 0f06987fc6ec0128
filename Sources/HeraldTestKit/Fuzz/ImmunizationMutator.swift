package import FHIR

/// Damages a valid Immunization: its values, its shape, or its bytes.
package struct ImmunizationMutator: Sendable {
    private let sources: [JSONValue]

    /// - Parameter sources: Valid ones, at least one.
    package init(sources: [JSONValue]) { self.sources = sources }

    /// One damaged document.
    package func document(using random: inout SplitMix) -> [UInt8] {
        var resource = random.pick(sources)
        for _ in 0..<Int.random(in: 0...3, using: &random) { resource = changed(resource, depth: 0, using: &random) }
        var bytes = resource.bytes
        if random.chance(30) { mutate(&bytes, using: &random) }
        return bytes
    }

    /// The value with something changed in it, or in its place.
    private func changed(_ value: JSONValue, depth: Int, using random: inout SplitMix) -> JSONValue {
        guard depth < 8, random.chance(depth == 0 ? 100 : 80) else { return stranger(value, using: &random) }
        switch value {
        case .object(let object) where !object.members.isEmpty:
            return .object(changed(object, depth: depth, using: &random))
        case .array(let elements) where !elements.isEmpty:
            return .array(changed(elements, depth: depth, using: &random))
        default:
            return stranger(value, using: &random)
        }
    }

    private func changed(_ object: JSONObject, depth: Int, using random: inout SplitMix) -> JSONObject {
        var object = object
        let member = random.pick(object.members)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: object[member.name] = nil
        case 1:
            object[random.pick(["extension", "id", "_" + member.name, "text", "colour", "\0", ""])] = stranger(
                member.value,
                using: &random
            )
        case 2: object[random.pick(object.members).name] = member.value
        default: object[member.name] = changed(member.value, depth: depth + 1, using: &random)
        }
        return object
    }

    private func changed(_ elements: [JSONValue], depth: Int, using random: inout SplitMix) -> [JSONValue] {
        var elements = elements
        let index = Int.random(in: 0..<elements.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: elements.remove(at: index)
        case 1: elements.append(elements[index])
        case 2: elements.insert(stranger(elements[index], using: &random), at: index)
        case 3: elements += Array(repeating: elements[index], count: 60)
        default: elements[index] = changed(elements[index], depth: depth + 1, using: &random)
        }
        return elements
    }

    /// A value of another kind, or one at a limit.
    private func stranger(_ value: JSONValue, using random: inout SplitMix) -> JSONValue {
        switch Int.random(in: 0..<16, using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2:
            .number(random.pick(["0", "-1", "10", "1e999999", "9" + String(repeating: "0", count: 400), "0.00000001"]))
        case 3: .string("")
        case 4: .string(random.pick([" ", "\u{3000}", "\0", "x\0", "#", "#Patient1", "\u{FEFF}", "\u{301}"]))
        case 5: .string(String(repeating: "é", count: random.pick([35, 36, 180, 181, 5_000])))
        case 6: .array([])
        case 7: [:]
        case 8: .array([value])
        case 9: ["extension": .array([value])]
        case 10: (0..<70).reduce(value) { nested, _ in .array([nested]) }
        case 11: (0..<70).reduce(value) { nested, _ in ["extension": .array([nested])] }
        case 12: .string(random.pick(["2025-02-30", "9999-12-31", "2025-01-14T09:15:30Z", "2025-01-14", "not-done"]))
        case 13: .string(value.string.map { $0 + " " } ?? "x")
        case 14: .string(random.pick(["Organization", "Patient", "http://snomed.info/sct", "1"]))
        default: random.pick(sources)
        }
    }

    private func mutate(_ bytes: inout [UInt8], using random: inout SplitMix) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let index = bytes.indices.randomElement(using: &random) else { return }
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 1:
                bytes.insert(
                    contentsOf: random.pick(["\"", "{", "[", "}", "]", ",", ":", "\\u0000", "\\ud800", "1e5"]).utf8,
                    at: index
                )
            case 2: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...30, using: &random)))
            case 3: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 80)], at: index)
            case 4: bytes.removeLast(bytes.count - index)
            default: bytes.insert(contentsOf: [UInt8](repeating: UInt8(ascii: "["), count: 5_000), at: index)
            }
        }
    }
}
