package import FHIR

/// The MIME type of a subscription's notifications, which is sent as it is written (`fhir-subscriptions.md` §3).
package struct PayloadType: Sendable, Hashable {
    /// As it was written.
    package let text: String
    /// The release its parameter `fhirVersion` names, if that is offered.
    package let release: FHIRRelease?
    /// Whether what it asks for is offered: false for another `fhirVersion`.
    package let isOffered: Bool

    /// What a type must be, to follow its name in a sentence.
    package static let rule =
        "must be application/fhir+json, with ; fhirVersion=4.0 or 4.3 behind it if you like."

    /// Reads a type; nil for what is not FHIR's JSON, or has other parameters.
    package init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map {
            String($0.filter { $0 != " " && $0 != "\t" })
        }
        let isClean = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x09 }
        guard isClean, parts.count <= 2, parts[0].lowercased() == "application/fhir+json" else { return nil }
        self.text = text
        guard parts.count == 2 else {
            (release, isOffered) = (nil, true)
            return
        }
        let pair = parts[1].split(separator: "=", omittingEmptySubsequences: false)
        guard pair.count == 2, pair[0].lowercased() == "fhirversion" else { return nil }
        switch pair[1].filter({ $0 != "\"" }) {
        case "4.0", "4.0.1": release = .r4
        case "4.3", "4.3.0": release = .r4b
        default: release = nil
        }
        isOffered = release != nil
    }
}
