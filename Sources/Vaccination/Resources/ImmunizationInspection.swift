import FHIR

/// One Immunization on its way through the rules; each `inspect…` looks at a part and adds what it finds.
struct ImmunizationInspection {
    let resource: JSONValue
    var values: ValueInspection

    init(resource: JSONValue, now: Int64) {
        self.resource = resource
        values = ValueInspection(now: now)
    }

    var findings: [RowFinding] { values.findings }

    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// The contained resource of a type; there is at most one, which is looked at first.
    func contained(_ type: String) -> JSONValue? {
        resource["contained"]?.array?.first { $0["resourceType"]?.string == type }
    }

    /// Adds a finding about the form of the resource.
    mutating func fault(_ text: String, _ kind: RowFindingKind = .structure, _ column: FeedColumn? = nil) {
        values.findings.append(RowFinding(kind: kind, column: column, text: text))
    }

    /// Applies a rule to the text of a column's element, or says that a mandatory one is missing.
    mutating func inspect(
        _ column: FeedColumn,
        _ value: JSONValue?,
        at location: String? = nil,
        _ rule: (inout ValueInspection, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard let value else {
            if column.isMandatory { values.add(.mandatory, column, at: location) }
            return
        }
        guard var text = value.string else {
            return fault("\(location ?? column.fhirValueLocation) must be a string", .structure, column)
        }
        guard !text.isEmpty else { return values.add(.blank, column, at: location) }
        text.withUTF8 { rule(&values, $0) }
    }

    /// The rule of most columns: a text that is not blank.
    mutating func inspectText(_ column: FeedColumn, _ value: JSONValue?, at location: String? = nil) {
        inspect(column, value, at: location) { $0.inspectText(column, $1, at: location) }
    }

    /// A text that no column has.
    mutating func inspectText(_ value: JSONValue?, at location: String) {
        guard let value else { return }
        guard var text = value.string else { return fault("\(location) must be a string") }
        if text.isEmpty || text.withUTF8({ TextForm.isBlank($0) }) {
            fault("\(location) must be a non-empty string", .blank)
        }
    }

    /// The objects of an array that must not be empty and holds objects with something in them; nil, with a finding,
    /// for anything else.
    mutating func objects(_ value: JSONValue, at location: String, count: Int? = nil) -> [JSONValue]? {
        guard let elements = value.array else {
            fault("\(location) must be an array")
            return nil
        }
        guard count ?? max(1, elements.count) == elements.count else {
            fault("\(location) must be \(count.map { "an array of length \($0)" } ?? "a non-empty array")")
            return nil
        }
        guard elements.allSatisfy({ $0.object != nil }) else {
            fault("\(location) must be an array of objects")
            return nil
        }
        guard elements.allSatisfy({ $0.object?.members.isEmpty == false }) else {
            fault("\(location) must be an array of non-empty objects")
            return nil
        }
        return elements
    }
}
