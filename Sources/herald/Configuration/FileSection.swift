import Foundation
import Yams

/// A mapping of a YAML or JSON file, whose members are taken one by one: what is left over in the end is a mistake.
struct FileSection {
    /// What is wrong with a file; says where.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Where the section stands, such as `issuers[0]`; empty for the whole file.
    private let place: String
    private var members: [String: Node]

    /// The whole file.
    init(yaml: String) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw Fault(description: "is neither YAML nor JSON")
        }
        try self.init(root, place: "")
    }

    private init(_ node: Node?, place: String) throws {
        guard let mapping = node?.mapping else {
            throw Fault(description: "\(place.isEmpty ? "it" : place) must hold names with values")
        }
        self.place = place
        members = [:]
        for (key, value) in mapping { members[key.string ?? "?"] = value }
    }

    /// The file names the fault by this.
    func fault(_ name: String, _ problem: String) -> Fault { Fault(description: "\(path(name)) \(problem)") }

    private func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

    /// Refuses the members that nobody has taken.
    func end() throws {
        guard let name = members.keys.min() else { return }
        throw fault(name, "is not known here")
    }

    mutating func text(_ name: String) throws -> String? {
        guard let node = members.removeValue(forKey: name) else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else { throw fault(name, "must be a text") }
        return text
    }

    mutating func required(_ name: String) throws -> String {
        guard let text = try text(name) else { throw fault(name, "is missing") }
        return text
    }

    mutating func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw fault(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func flag(_ name: String) throws -> Bool? {
        switch try text(name) {
        case nil: nil
        case "true": true
        case "false": false
        default: throw fault(name, "must be true or false")
        }
    }

    mutating func texts(_ name: String) throws -> [String]? {
        guard let node = members.removeValue(forKey: name) else { return nil }
        if let text = node.scalar?.string { return [text] }
        guard let list = node.sequence else { throw fault(name, "must be a list of texts") }
        return try list.map { item in
            guard let text = item.scalar?.string, !text.isEmpty else { throw fault(name, "must be a list of texts") }
            return text
        }
    }

    /// A list of values out of a closed set.
    mutating func choices<Value: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> [Value]? {
        try texts(name)?.map { try choice(name, $0) }
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Value? {
        try text(name).map { try choice(name, $0) }
    }

    private func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String, _ text: String) throws -> Value
    {
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault(name, "is \"\(text)\"; known are \(known)")
        }
        return value
    }

    mutating func section(_ name: String) throws -> FileSection? {
        try members.removeValue(forKey: name).map { try FileSection($0, place: path(name)) }
    }

    mutating func sections(_ name: String) throws -> [FileSection] {
        guard let node = members.removeValue(forKey: name) else { return [] }
        guard let list = node.sequence else { throw fault(name, "must be a list") }
        return try list.enumerated().map { try FileSection($1, place: "\(path(name))[\($0)]") }
    }

    /// Names with texts, such as a map of scopes.
    mutating func pairs(_ name: String) throws -> [(key: String, value: String)] {
        guard let node = members.removeValue(forKey: name) else { return [] }
        guard let mapping = node.mapping else { throw fault(name, "must hold names with texts") }
        return try mapping.map { key, value in
            guard let key = key.string, let value = value.scalar?.string else {
                throw fault(name, "must hold names with texts")
            }
            return (key, value)
        }
    }

    /// JSON inside the file: as text, or written as YAML.
    mutating func json(_ name: String) throws -> String? {
        guard let node = members.removeValue(forKey: name) else { return nil }
        if let text = node.scalar?.string { return text }
        let tree = try Self.tree(node) ?? { throw fault(name, "must be a JSON object") }()
        return String(decoding: try JSONSerialization.data(withJSONObject: tree, options: .sortedKeys), as: UTF8.self)
    }

    /// Texts stay texts whatever they look like: nothing in a key set is anything else.
    private static func tree(_ node: Node) throws -> Any? {
        if let text = node.scalar?.string { return text }
        if let list = node.sequence { return try list.compactMap { try tree($0) } }
        guard let mapping = node.mapping else { return nil }
        var object: [String: Any] = [:]
        for (key, value) in mapping {
            guard let name = key.string, object[name] == nil else { return nil }
            object[name] = try tree(value)
        }
        return object
    }
}
