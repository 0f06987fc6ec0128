package import FHIR
package import Vaccination

/// What a patient directory knows of somebody at the moment an event is routed.
package struct PatientDetails: Sendable, Hashable {
    /// ODS code of the practice the patient is registered with now; nil for somebody registered nowhere.
    package var practice: String?
    package var birthDate: CivilDate?
    /// Of the patient's home.
    package var postcode: Postcode?
    /// Whether nobody is to hear of the patient: the record is sensitive, or was declared invalid (`nems.md` §4.6).
    package var isRestricted: Bool
    /// How far the patient's records may be shown (`immunisation-history.md` §6).
    package var confidentiality: Confidentiality
    /// The number that has taken the place of the one that was asked about; nil where that one counts.
    package var supersededBy: NHSNumber?
    /// Where practice and home lie; nil until somebody has looked it up, for not every event is asked about it.
    package var geography: PatientGeography?

    package init(
        practice: String? = nil,
        birthDate: CivilDate? = nil,
        postcode: Postcode? = nil,
        isRestricted: Bool = false,
        confidentiality: Confidentiality = .unrestricted,
        supersededBy: NHSNumber? = nil,
        geography: PatientGeography? = nil
    ) {
        self.practice = practice
        self.birthDate = birthDate
        self.postcode = postcode
        self.isRestricted = isRestricted
        self.confidentiality = confidentiality
        self.supersededBy = supersededBy
        self.geography = geography
    }
}

/// The areas of administration that the rules of `nems.md` §4.6 compare with; a part that is not known meets no rule.
package struct PatientGeography: Sendable, Hashable {
    /// ICB sub-location (the former CCG) of the registered practice.
    package var practiceSubLocation: String?
    /// ICB sub-location responsible for the home's postcode.
    package var homeSubLocation: String?
    /// Local authority responsible for the home's postcode.
    package var homeAuthority: String?
    /// Country of the home's postcode, such as `E92000001`.
    package var homeCountry: String?

    package init(
        practiceSubLocation: String? = nil,
        homeSubLocation: String? = nil,
        homeAuthority: String? = nil,
        homeCountry: String? = nil
    ) {
        self.practiceSubLocation = practiceSubLocation
        self.homeSubLocation = homeSubLocation
        self.homeAuthority = homeAuthority
        self.homeCountry = homeCountry
    }
}

/// Who is registered where: asked by the router for the patients of a slice, before it decides.
package protocol PatientDirectory: Sendable {
    /// What is known of these patients now; somebody the directory does not know is left out.
    ///
    /// It answers within seconds or throws; then the router tries the slice again later, for it must not decide on a guess.
    ///
    /// - Throws: ``DirectoryIncomplete`` where it answered for some of them only, or for none.
    func details(of patients: Set<NHSNumber>) async throws -> [NHSNumber: PatientDetails]
}
