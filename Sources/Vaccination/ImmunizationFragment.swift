/// What is the same in every Immunization, as JSON: kept whole, because a constant is copied at once.
///
/// The systems are those of ``FHIRSystem`` and ``FHIRExtension``; the tests compare the outcome with resources made
/// elsewhere.
enum ImmunizationFragment {
    static let vaccinationProcedure: StaticString =
        #"""
        "extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure",\#
        "valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct"
        """#
    static let vaccineCode: StaticString = #""vaccineCode":{"coding":[{"system":"http://snomed.info/sct""#
    static let noVaccineCode: StaticString =
        #"""
        "vaccineCode":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-NullFlavor",\#
        "code":"NAVU","display":"Not available"}]}
        """#
    static let site: StaticString = #""site":{"coding":[{"system":"http://snomed.info/sct""#
    static let route: StaticString = #""route":{"coding":[{"system":"http://snomed.info/sct""#
    static let reasonCode: StaticString = #""reasonCode":[{"coding":[{"system":"http://snomed.info/sct""#
    static let patient: StaticString = ##""patient":{"reference":"#Patient1"}"##
    static let containedPatient: StaticString = #"{"resourceType":"Patient","id":"Patient1""#
    static let containedPractitioner: StaticString = #"{"resourceType":"Practitioner","id":"Practitioner1""#
    static let nhsNumber: StaticString = #""identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number""#
    static let practitioner: StaticString = ##"{"actor":{"reference":"#Practitioner1"}}"##
    static let noDoseNumber: StaticString = #""doseNumberString":"Dose sequence not recorded""#
}
