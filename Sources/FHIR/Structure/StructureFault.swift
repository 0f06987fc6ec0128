/// A place where a resource is not built as FHIR R4 wants it; it names elements and never shows a value.
package struct StructureFault: Hashable, Sendable {
    /// What is wrong.
    package enum Reason: Hashable, Sendable {
        /// The type has no such element.
        case unknownElement
        /// An element that must be there is not.
        case missing
        /// Several elements of one choice.
        case severalOfChoice
        case mustBeArray
        case mustBeObject
        /// An array or an object with nothing in it, which JSON for FHIR has not.
        case empty
        /// A primitive value that is not of its type.
        case value(PrimitiveType)
        /// A contained resource that is neither a Patient nor a Practitioner.
        case resourceType
        /// There is more that is wrong than is listed.
        case more
    }

    /// Where, from the resource on, for instance `site.coding[0].code`.
    package let path: String
    /// What is wrong.
    package let reason: Reason

    /// A sentence with the place.
    package var text: String {
        switch reason {
        case .unknownElement: "\(path) is not an element of this type"
        case .missing: "\(path) is a mandatory field"
        case .severalOfChoice: "\(path) may stand once only"
        case .mustBeArray: "\(path) must be an array"
        case .mustBeObject: "\(path) must be an object"
        case .empty: "\(path) must not be empty"
        case .value(let type): "\(path) \(type.expectation)"
        case .resourceType: "\(path) must be a Patient or a Practitioner"
        case .more: "The resource has further faults"
        }
    }
}
