/// An event that can be subscribed to at the National Events Management Service (`nems.md` §5.5).
package enum NationalEvent: String, Sendable, Hashable, CaseIterable {
    case vaccinations = "vaccinations-1"
    case professionalContacts = "professional-contacts-1"
    case bloodSpotTestOutcome = "blood-spot-test-outcome-1"
    case newbornHearing = "newborn-hearing-1"
    case nipeOutcome = "nipe-outcome-1"
    case birthNotification = "pds-birth-notification-1"
    case changeOfAddress = "pds-change-of-address-1"
    case changeOfGP = "pds-change-of-gp-1"
    case deathNotification = "pds-death-notification-1"
    case recordChange = "pds-record-change-1"

    /// The events that this hub has: of others it never hears.
    package static let carried: Set<NationalEvent> = [.vaccinations]

    /// The words for people.
    package var display: String {
        switch self {
        case .vaccinations: "Vaccinations"
        case .professionalContacts: "Professional Contacts"
        case .bloodSpotTestOutcome: "Blood Spot Test Outcome"
        case .newbornHearing: "Newborn Hearing"
        case .nipeOutcome: "NIPE outcome"
        case .birthNotification: "PDS Birth Notification"
        case .changeOfAddress: "PDS Change of Address"
        case .changeOfGP: "PDS Change of GP"
        case .deathNotification: "PDS Death Notification"
        case .recordChange: "PDS Record Change"
        }
    }

    /// The MESH workflow, by which entitlements are named too (`nems.md` §4.5).
    package var workflowID: String {
        switch self {
        case .birthNotification: "BIRTHNOTIFICATION_1"
        case .changeOfAddress: "CHANGEOFADDRESS_1"
        case .changeOfGP: "CHANGEOFGP_1"
        case .deathNotification: "DEATHNOTIFICATION_1"
        case .recordChange: "PDSRECORDCHANGE_1"
        default: rawValue.filter { $0.isLetter }.uppercased() + "_1"
        }
    }

    /// The event of this workflow.
    package init?(workflowID: String) {
        guard let event = Self.allCases.first(where: { $0.workflowID == workflowID }) else { return nil }
        self = event
    }
}
