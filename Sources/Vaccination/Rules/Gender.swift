/// The four genders of FHIR and of the feed (csv-feed.md §4, immunization-mapping.md §1).
package enum Gender: String, CaseIterable, Sendable {
    case male, female, other, unknown

    /// The gender of a feed's code: `1` male, `2` female, `9` other, `0` unknown.
    package init?(code: UInt8) {
        switch code {
        case UInt8(ascii: "1"): self = .male
        case UInt8(ascii: "2"): self = .female
        case UInt8(ascii: "9"): self = .other
        case UInt8(ascii: "0"): self = .unknown
        default: return nil
        }
    }

    /// The gender of FHIR's word, in lower case, which the feed takes too.
    init?(word: UnsafeBufferPointer<UInt8>) {
        if ASCIIWord.equals(word, "male") {
            self = .male
        } else if ASCIIWord.equals(word, "female") {
            self = .female
        } else if ASCIIWord.equals(word, "other") {
            self = .other
        } else if ASCIIWord.equals(word, "unknown") {
            self = .unknown
        } else {
            return nil
        }
    }

    /// The feed's code.
    package var code: String {
        switch self {
        case .male: "1"
        case .female: "2"
        case .other: "9"
        case .unknown: "0"
        }
    }
}
