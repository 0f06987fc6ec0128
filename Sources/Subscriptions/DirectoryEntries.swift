package import FHIR
package import Vaccination

/// A GP practice and where its system takes notifications.
package struct Practice: Sendable, Hashable, Codable {
    package var odsCode: String
    package var name: String
    /// URL of the practice's endpoint, or `mesh:` with its mailbox, with none where that is looked up; without an endpoint
    /// its patients' events are not pushed.
    package var endpoint: String?
    /// ICB sub-location (the former CCG) it belongs to, for the rule `CHO_GP_CCG`.
    package var subLocation: String?

    package init(odsCode: String, name: String, endpoint: String?, subLocation: String? = nil) {
        self.odsCode = odsCode
        self.name = name
        self.endpoint = endpoint
        self.subLocation = subLocation
    }
}

/// What a file of the patient directory says of one patient.
package struct PatientRegistration: Sendable, Hashable {
    /// A column of such a file; what a file has no column for stays as it is.
    package enum Column: String, Sendable, CaseIterable {
        case practice
        case birthDate = "birth_date"
        case postcode
        case flag
        case confidentiality
        case supersededBy = "superseded_by"
    }

    /// Why nobody is told of a patient (`nems.md` §4.6).
    package enum Flag: String, Sendable, CaseIterable {
        case sensitive = "S"
        case invalid = "I"
    }

    package var nhsNumber: NHSNumber
    /// ODS code of the practice; absent for somebody registered nowhere.
    package var practice: String?
    package var birthDate: CivilDate?
    package var postcode: Postcode?
    package var flag: Flag?
    /// How far the patient's records may be shown (`immunisation-history.md` §6); unknown counts as unrestricted.
    package var confidentiality: Confidentiality?
    /// The number that has taken this one's place.
    package var supersededBy: NHSNumber?

    package init(
        nhsNumber: NHSNumber,
        practice: String?,
        birthDate: CivilDate? = nil,
        postcode: Postcode? = nil,
        flag: Flag? = nil,
        confidentiality: Confidentiality? = nil,
        supersededBy: NHSNumber? = nil
    ) {
        self.nhsNumber = nhsNumber
        self.practice = practice
        self.birthDate = birthDate
        self.postcode = postcode
        self.flag = flag
        self.confidentiality = confidentiality
        self.supersededBy = supersededBy
    }
}

/// The areas of administration that postcodes lie in.
///
/// Entries may be of postcodes, sectors, districts or areas; of those a postcode lies in, the smallest that says something
/// counts, for each of the three.
package struct PostcodePlace: Sendable, Hashable {
    /// As ``Vaccination/Postcode/prefix(_:)`` reads it.
    package var prefix: String
    /// ICB sub-location.
    package var subLocation: String?
    /// Local authority, such as `716`.
    package var authority: String?
    /// Country, such as `E92000001`.
    package var country: String?

    package init(prefix: String, subLocation: String? = nil, authority: String? = nil, country: String? = nil) {
        self.prefix = prefix
        self.subLocation = subLocation
        self.authority = authority
        self.country = country
    }
}
