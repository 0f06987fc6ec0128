/// The elements of FHIR STU3 resources that Herald writes and reads, by type, in the order of the XML schema
/// (gp-digital-medicine.md §7.8).
enum STU3ElementTable {
    /// What an element holds.
    enum Content: Hashable, Sendable {
        /// Text in JSON and in XML: strings, codes, dates, addresses.
        case text
        case boolean, number
        case xhtml, resource
        case complex(String)
    }

    /// One element of a type.
    struct Element: Hashable, Sendable {
        let name: String
        let content: Content
        /// Whether it may stand more than once: an array in JSON, also if there is one.
        let repeats: Bool

        var isPrimitive: Bool { [.text, .boolean, .number].contains(content) }
    }

    /// The elements of the resource type, in order; nil for a type that Herald does not write.
    static func elements(ofResource type: String) -> [Element]? { resources[type] }

    /// The elements of the data type, in order.
    static func elements(ofType type: String) -> [Element] { dataTypes[type] ?? [] }

    /// The elements of any resource, also of one that is not in the table.
    static let elementsOfAnyResource = elements(beginnings["DomainResource"] ?? "")

    /// The elements of any data type, also of one that is not in the table.
    static let elementsOfAnyType = elements(beginnings["Element"] ?? "")

    private static let resources = parse(resourceText)
    private static let dataTypes = parse(dataTypeText)

    /// What the types of a kind begin with; the `id` of a data type is an attribute and therefore not among them.
    private static let beginnings = [
        "Resource": "id meta:Meta implicitRules language",
        "DomainResource": "id meta:Meta implicitRules language text:Narrative contained:Resource* "
            + "extension:Extension* modifierExtension:Extension*",
        "Element": "extension:Extension*",
        "BackboneElement": "extension:Extension* modifierExtension:Extension*",
    ]

    /// A line `Type: Kind` begins a type; the indented lines below name its elements.
    private static func parse(_ text: String) -> [String: [Element]] {
        var types: [String: [Element]] = [:]
        var type = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" ") {
                types[type, default: []] += elements(String(line))
            } else {
                let parts = line.split(separator: ": ").map(String.init)
                type = parts[0]
                types[type] = elements(beginnings[parts[1]] ?? "")
            }
        }
        return types
    }

    /// `name` holds text, `name:boolean`, `name:number` and `name:xhtml` what they say, `name:Type` a data type; `*`
    /// at the end: it repeats.
    private static func elements(_ words: String) -> [Element] {
        words.split(separator: " ").map { word in
            let repeats = word.hasSuffix("*")
            let parts = word.split(whereSeparator: { $0 == ":" || $0 == "*" }).map(String.init)
            let content: Content =
                switch parts.dropFirst().first {
                case nil: .text
                case "boolean": .boolean
                case "number": .number
                case "xhtml": .xhtml
                case "Resource": .resource
                case let type?: .complex(type)
                }
            return Element(name: parts[0], content: content, repeats: repeats)
        }
    }
}
