/// The releases of FHIR that subscriptions are offered in (`fhir-subscriptions.md` §1): one store, two encodings.
package enum FHIRRelease: String, Hashable, Sendable, Codable, CaseIterable {
    /// 4.0.1, the primary one.
    case r4
    /// 4.3.0, with a resource of its own for a subscription's status.
    case r4b

    /// The last part of its base address.
    package var path: String {
        switch self {
        case .r4: "R4"
        case .r4b: "R4B"
        }
    }

    /// What the parameter `fhirVersion` of a media type says.
    package var mediaTypeVersion: String {
        switch self {
        case .r4: "4.0"
        case .r4b: "4.3"
        }
    }
}
