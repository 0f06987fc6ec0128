/// How much XML is read before it is refused.
package struct XMLLimits: Sendable {
    /// The bytes of the document; one ITK3 transmission has at most 5 MB (gp-digital-medicine.md §2).
    package var bytes = 5_000_000
    /// The elements of the document: each costs many times its bytes in memory.
    package var elements = 100_000
    /// How deep elements may be nested; a NEMS or ITK3 bundle stays below 20.
    package var depth = 64

    /// The limits for one message.
    package init() {}
}

/// An XML element as it was read.
struct XMLElement {
    /// The name without a prefix.
    let name: String
    var attributes: [Attribute] = []
    var children: [XMLElement] = []
    /// The bytes of the document that it takes, tags included.
    var source: Range<Int>
    /// Where the first text stands that is not white space.
    var textOffset: Int?

    struct Attribute {
        /// The name with its prefix, if it has one.
        let name: String
        let value: String
    }

    /// The value of the attribute of this name.
    subscript(attribute name: String) -> String? { attributes.first { $0.name == name }?.value }
}
