import Access
import Configuration
import Foundation
import Messages

extension EventSender {
    /// Reads and checks the settings; nil where Herald has no accredited system id.
    ///
    /// - Throws: ``ConfigurationError``.
    init?(reader: ConfigReader) throws {
        guard let asid = reader.text(.nemsAsid) else {
            if let other = [Setting.nemsContact, .nemsName].first(where: { reader.text($0) != nil }) {
                throw ConfigurationError.missing(.nemsAsid, "\(other.variable) is, so set it too, or neither")
            }
            return nil
        }
        guard EventRights.isASID(asid) else {
            throw ConfigurationError.invalid(.nemsAsid, "must be 12 digits, e.g. 200000000306")
        }
        guard let contact = reader.text(.nemsContact) else {
            throw ConfigurationError.missing(
                .nemsContact,
                "HERALD_NEMS_ASID is, so set it to the address at which receivers report a fault"
            )
        }
        self.init(asid: asid, contact: contact)
        if let name = reader.text(.nemsName) { self.name = name }
    }
}
