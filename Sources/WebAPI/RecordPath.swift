import Foundation
import Hummingbird
import Vaccination

/// The record a path names.
struct RecordPath {
    /// As it stands in the path.
    let text: String
    /// The id; nil for one that no record has.
    let id: RecordID?

    /// - Throws: ``HubError`` 400 for what is no id.
    init(_ context: HubContext) throws(HubError) {
        text = context.parameters.get("id") ?? ""
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isIDCharacter) else {
            throw .invalid("The id must be 1 to 64 letters, digits, hyphens or dots.")
        }
        id = UUID(uuidString: text).map { RecordID($0) }
    }

    /// There is no such record, or it is deleted, or it is not for the caller to see.
    var notFound: HubError { .notFound("There is no Immunization with the id \(text).") }

    /// `[A-Za-z0-9\-.]`.
    private static func isIDCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
