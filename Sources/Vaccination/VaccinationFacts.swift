package import FHIR

/// What subscriptions ask about the content of an Immunization, read from its JSON.
package struct VaccinationFacts: Sendable, Hashable {
    /// `Immunization.status`.
    package var status: String
    /// SNOMED CT codes of the diseases vaccinated against.
    package var targetDiseases: [String]
    /// SNOMED CT codes of the vaccination procedure.
    package var procedures: [String]
    /// SNOMED CT (dm+d) codes of the product.
    package var products: [String]
    /// The day it was given, as written.
    package var day: CivilDate?
    /// The patient's birth date as the record has it.
    package var birthDate: CivilDate?

    package init(
        status: String = "completed",
        targetDiseases: [String] = [],
        procedures: [String] = [],
        products: [String] = [],
        day: CivilDate? = nil,
        birthDate: CivilDate? = nil
    ) {
        self.status = status
        self.targetDiseases = targetDiseases
        self.procedures = procedures
        self.products = products
        self.day = day
        self.birthDate = birthDate
    }

    /// The facts of an Immunization; what is not there, or not as FHIR has it, is absent.
    package init(_ immunization: JSONValue) {
        let applied = immunization["protocolApplied"]?.array ?? []
        let extensions = immunization["extension"]?.array ?? []
        let contained = immunization["contained"]?.array ?? []
        self.init(
            status: immunization["status"]?.string ?? "",
            targetDiseases: applied.flatMap { $0["targetDisease"]?.array ?? [] }.flatMap(\.codes),
            procedures: extensions.filter { $0["url"]?.string == FHIRExtension.vaccinationProcedure }
                .compactMap { $0["valueCodeableConcept"] }.flatMap(\.codes),
            products: immunization["vaccineCode"]?.codes ?? [],
            day: immunization["occurrenceDateTime"]?.day,
            birthDate: contained.first { $0["resourceType"]?.string == "Patient" }?["birthDate"]?.day
        )
    }
}

extension JSONValue {
    /// The SNOMED CT codes of a CodeableConcept.
    fileprivate var codes: [String] {
        (self["coding"]?.array ?? []).filter { $0["system"]?.string == FHIRSystem.snomed }
            .compactMap { $0["code"]?.string }
    }

    /// The day a FHIR date or dateTime begins with.
    fileprivate var day: CivilDate? { string.flatMap { CivilDate(isoPrefixOf: $0.utf8.span) } }
}
