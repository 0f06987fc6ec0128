/// One element of a type: what it holds, and how often it may stand.
struct ElementDefinition: Sendable {
    /// What an element holds.
    enum Content: Sendable {
        case primitive(PrimitiveType)
        case complex(StructureType)
        /// A Patient or a Practitioner, as its `resourceType` says.
        case containedResource
        /// An object of a type that Herald never looks into.
        case anyObject
    }

    let content: Content
    var isList = false
    var isRequired = false
    /// The name all elements of a choice share, for instance `occurrence`: at most one of them may stand.
    var choice: String?

    static func one(_ type: PrimitiveType) -> Self { Self(content: .primitive(type)) }
    static func one(_ type: StructureType) -> Self { Self(content: .complex(type)) }
    static func list(_ type: PrimitiveType) -> Self { Self(content: .primitive(type), isList: true) }
    static func list(_ type: StructureType) -> Self { Self(content: .complex(type), isList: true) }
    static func choice(_ name: String, _ type: PrimitiveType) -> Self { Self(content: .primitive(type), choice: name) }

    var required: Self {
        var element = self
        element.isRequired = true
        return element
    }
}
