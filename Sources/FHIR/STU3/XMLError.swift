/// Why bytes are not the XML of a FHIR resource that Herald takes, and at which byte, counted from 0.
package enum XMLError: Error, Hashable, Sendable {
    /// More bytes, or more elements, than the limits allow.
    case tooLong(offset: Int)
    /// Elements are nested deeper than the limits allow.
    case tooDeep(offset: Int)
    /// The bytes are not UTF-8, or the declaration names another encoding.
    case encoding(offset: Int)
    /// A character that XML 1.0 does not allow, as it is or by reference.
    case illegalCharacter(offset: Int)
    /// The text ends within something.
    case unexpectedEnd(offset: Int)
    /// A byte that cannot stand here.
    case unexpectedByte(offset: Int)
    /// A document type declaration, which FHIR forbids: with it go entities, and all that is done with them.
    case documentType(offset: Int)
    /// A reference to anything but a character or one of XML's own five entities.
    case unknownReference(offset: Int)
    /// The end tag does not fit its start tag.
    case mismatchedTag(offset: Int)
    /// An element has an attribute twice.
    case duplicateAttribute(offset: Int)
    /// Not a FHIR resource: no type's name, or another namespace.
    case notAResource(offset: Int)
    /// Text between elements where FHIR has none.
    case strayText(offset: Int)
    /// An element of a name that FHIR cannot have there.
    case unexpectedElement(offset: Int)

    /// The offset of the byte at fault; the length of the text when it ended too early.
    package var offset: Int {
        switch self {
        case .tooLong(let offset), .tooDeep(let offset), .encoding(let offset), .illegalCharacter(let offset),
            .unexpectedEnd(let offset), .unexpectedByte(let offset), .documentType(let offset),
            .unknownReference(let offset), .mismatchedTag(let offset), .duplicateAttribute(let offset),
            .notAResource(let offset), .strayText(let offset), .unexpectedElement(let offset):
            offset
        }
    }
}

extension XMLError: CustomStringConvertible {
    /// A sentence with the offset and without anything of the text, so it is safe to log and to send.
    package var description: String {
        let reason =
            switch self {
            case .tooLong: "too long"
            case .tooDeep: "nested too deeply"
            case .encoding: "not UTF-8"
            case .illegalCharacter: "a character that XML does not allow"
            case .unexpectedEnd: "the text ends too early"
            case .unexpectedByte: "unexpected byte"
            case .documentType: "a document type declaration, which FHIR does not allow"
            case .unknownReference: "a reference to an unknown entity"
            case .mismatchedTag: "the end tag does not fit the start tag"
            case .duplicateAttribute: "an attribute occurs twice"
            case .notAResource: "not a FHIR resource"
            case .strayText: "text between elements"
            case .unexpectedElement: "an element that cannot stand here"
            }
        return "\(reason) at byte \(offset)"
    }
}
