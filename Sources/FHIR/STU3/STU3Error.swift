/// Why a value cannot be written as FHIR STU3; the texts name places, never values.
package enum STU3Error: Error, Hashable, Sendable {
    /// The resource has no `resourceType`, or one that Herald does not write.
    case unknownResource(path: String)
    /// STU3 has no such element there, or Herald does not write it.
    case unknownElement(path: String)
    /// An element is empty, `null`, or of another kind than its type.
    case unfitValue(path: String)
    /// The narrative is not the plain XHTML that Herald writes: other elements, attributes or references, or broken.
    case unsafeNarrative(path: String)
}
