/// What a client may do with records of which vaccine types: entries `TYPE.letters`, which add up.
///
/// Types are the codes of the reference data, in capitals. The type `*` stands for every type; ``inProduction`` has none.
package struct VaccinePermissions: Hashable, Sendable {
    /// The type that stands for every type.
    package static let anyType = "*"
    /// Nothing: who has no entry may do nothing.
    package static let none = Self(operations: [:])
    /// Everything with every type: what whoever holds the hub's own key may do.
    package static let everything = Self(operations: [anyType: Set(VaccineOperation.allCases)])

    private var operations: [String: Set<VaccineOperation>]

    private init(operations: [String: Set<VaccineOperation>]) { self.operations = operations }

    /// Reads entries such as `FLU.CRUDS`; letters and types may have either case.
    ///
    /// - Throws: ``VaccinePermissionError`` for the first entry that is none.
    package init(_ entries: some Sequence<some StringProtocol>) throws(VaccinePermissionError) {
        operations = [:]
        for entry in entries {
            let parts = entry.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty, let type = Self.type(parts[0]) else {
                throw VaccinePermissionError(entry: String(entry))
            }
            for letter in parts[1] {
                guard let operation = VaccineOperation(letter: letter) else {
                    throw VaccinePermissionError(entry: String(entry))
                }
                operations[type, default: []].insert(operation)
            }
        }
    }

    /// Whether nothing is allowed.
    package var isEmpty: Bool { operations.isEmpty }

    /// Whether the type `*` is among the entries.
    package var namesAnyType: Bool { operations[Self.anyType] != nil }

    /// The types of the entries, `*` left out.
    package var namedTypes: Set<String> { Set(operations.keys).subtracting([Self.anyType]) }

    /// Whether an operation is allowed on records of a type.
    package func allows(_ operation: VaccineOperation, on type: String) -> Bool {
        operations[type]?.contains(operation) == true || operations[Self.anyType]?.contains(operation) == true
    }

    /// The types an operation is allowed on.
    package func types(for operation: VaccineOperation) -> PermittedTypes {
        guard operations[Self.anyType]?.contains(operation) != true else { return .all }
        return .only(Set(operations.filter { $0.value.contains(operation) }.keys))
    }

    /// What either side allows.
    package func union(_ other: Self) -> Self {
        Self(operations: operations.merging(other.operations) { $0.union($1) })
    }

    /// The same without the type `*`, which counts outside of production only.
    package var inProduction: Self { Self(operations: operations.filter { $0.key != Self.anyType }) }

    /// The entries, sorted by type, with their letters in the order `CRUDS`.
    package var entries: [String] {
        operations.sorted { $0.key < $1.key }.map { type, allowed in
            "\(type).\(String(VaccineOperation.allCases.filter(allowed.contains).map(\.rawValue)))"
        }
    }

    private static func type(_ text: some StringProtocol) -> String? {
        if text == anyType { return anyType }
        let code = text.uppercased()
        let isCode = code.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
        return isCode && (1...32).contains(code.utf8.count) ? code : nil
    }
}

/// The vaccine types that something is allowed on.
package enum PermittedTypes: Hashable, Sendable {
    /// Every type there is and will be.
    case all
    /// These types and no other.
    case only(Set<String>)

    /// Whether a type is among them.
    package func contains(_ type: String) -> Bool {
        switch self {
        case .all: true
        case .only(let types): types.contains(type)
        }
    }

    /// Those of the given types that are among them.
    package func intersection(_ types: Set<String>) -> Set<String> {
        switch self {
        case .all: types
        case .only(let own): own.intersection(types)
        }
    }
}

/// A text that should be a permission and is none.
package struct VaccinePermissionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text.
    package let entry: String

    /// What to write instead.
    package var description: String {
        "'\(entry)' is not a permission; write TYPE.LETTERS with letters out of CRUDS, for instance FLU.RS"
    }
}
