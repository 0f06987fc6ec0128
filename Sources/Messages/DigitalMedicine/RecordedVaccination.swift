import FHIR
import Foundation

/// What a document takes from the stored R4 Immunization, read once.
struct RecordedVaccination {
    struct Coding {
        var system: String?
        var code: String?
        var display: String?

        var json: JSONValue { FHIRPart.coding(system, code, display) }
        var concept: JSONValue { ["coding": [json]] }
    }

    let identifier: (system: String, value: String)
    let isGiven: Bool
    let recorded: String?
    let procedure: Coding
    let product: Coding?
    let reasons: [[Coding]]
    let reasonsNotGiven: [Coding]
    let site: (system: String, code: String)
    let occurrence: FHIRDateTime
    let practitioner: PersonName?
    let patient: JSONValue
    let patientName: PersonName
    let resource: JSONValue

    init(_ stored: JSONValue) throws(DigitalMedicineError) {
        // G-10: what XML cannot carry is removed from all data, so that XML and JSON say the same.
        let stored = stored.legalInXML
        resource = stored
        let identifier = stored["identifier"]?[0]
        guard let system = identifier?.filled("system"), let value = identifier?.filled("value") else {
            throw .missing(element: "identifier")
        }
        self.identifier = (system, value)
        isGiven = stored["status"]?.string != "not-done"
        recorded = stored.filled("recorded").flatMap(FHIRDateTime.init)?.date.description
        let procedures = stored["extension"]?.array?.filter {
            $0["url"]?.string == FHIRExtension.vaccinationProcedure
        }
        guard let procedure = procedures?.first?["valueCodeableConcept"]?.snomedCoding else {
            throw .missing(element: "extension (vaccination procedure)")
        }
        self.procedure = procedure
        product = stored["vaccineCode"]?.productCoding
        reasons = (stored["reasonCode"]?.array ?? []).map(\.codings).filter { !$0.isEmpty }
        reasonsNotGiven = stored["statusReason"]?.codings ?? []
        let organisation = stored["performer"]?.array?.lazy.compactMap { $0.at("actor", "identifier") }.first
        guard let siteSystem = organisation?.filled("system"), let siteCode = organisation?.filled("value") else {
            throw .missing(element: "performer (organisation)")
        }
        site = (siteSystem, siteCode)
        guard let occurrence = stored.filled("occurrenceDateTime").flatMap(FHIRDateTime.init) else {
            throw .missing(element: "occurrenceDateTime")
        }
        self.occurrence = occurrence
        let people = stored["contained"]?.array ?? []
        guard let patient = people.first(where: { $0["resourceType"] == "Patient" }) else {
            throw .missing(element: "patient")
        }
        self.patient = patient
        guard let name = PersonName(patient["name"]?[0]) else { throw .missing(element: "patient.name") }
        patientName = name
        practitioner = people.first { $0["resourceType"] == "Practitioner" }.flatMap { PersonName($0["name"]?[0]) }
    }

    /// Whether the site is a country: a vaccination abroad (§7.6).
    var isAbroad: Bool { site.system == FHIRSystem.snomed }

    /// The dose, if amount, unit and code are all there.
    var dose: JSONValue? {
        guard let dose = resource["doseQuantity"], let value = dose["value"]?.number, let unit = dose.filled("unit"),
            let code = dose.filled("code")
        else { return nil }
        return FHIRPart.object([
            "value": .number(value), "unit": .string(unit), "system": FHIRPart.text(dose.filled("system")),
            "code": .string(code),
        ])
    }

    /// What was done, as STU3 has it.
    var procedureExtension: JSONValue? {
        [
            "url": .string(DigitalMedicineProfile.careConnect + "Extension-CareConnect-VaccinationProcedure-1"),
            "valueCodeableConcept": procedure.concept,
        ]
    }

    /// Why it was given, or not.
    var explanation: JSONValue? {
        let name = isGiven ? "reason" : "reasonNotGiven"
        let reasons = isGiven ? reasons : [reasonsNotGiven].filter { !$0.isEmpty }
        guard !reasons.isEmpty else { return nil }
        let concepts = reasons.map {
            JSONValue.object(JSONObject([.init(name: "coding", value: .array($0.map(\.json)))]))
        }
        return .object(JSONObject([.init(name: name, value: .array(concepts))]))
    }

    /// The number of the dose, if the record has one.
    var doseNumber: Int? { resource["protocolApplied"]?[0]?["doseNumberPositiveInt"]?.integer }
}

/// A person's name; one part at least is there.
struct PersonName {
    let family: String?
    let given: [String]

    init?(_ name: JSONValue?) {
        family = name?.filled("family")
        given = (name?["given"]?.array ?? []).compactMap(\.string).flatMap { text in
            text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        if family == nil, given.isEmpty { return nil }
    }

    var givenText: String? { given.isEmpty ? nil : given.joined(separator: " ") }

    /// `Forename Surname`.
    var text: String { [givenText, family].compactMap(\.self).joined(separator: " ") }

    /// `SURNAME, Forename`.
    var display: String {
        let forename = givenText.map { text in
            var startsWord = true
            return text.map { letter in
                defer { startsWord = !letter.isLetter }
                return startsWord ? letter.uppercased() : letter.lowercased()
            }.joined()
        }
        return [family?.uppercased(), forename].compactMap(\.self).joined(separator: ", ")
    }

    var json: JSONValue { json(use: "official") }

    func json(use: JSONValue?) -> JSONValue {
        FHIRPart.object([
            "use": use, "family": FHIRPart.text(family),
            "given": given.isEmpty ? nil : .array(given.map(JSONValue.string)),
        ])
    }
}

extension JSONValue {
    /// The text of a member, if it says anything.
    func filled(_ name: String) -> String? {
        guard let text = self[name]?.string, !text.allSatisfy(\.isWhitespace) else { return nil }
        return text
    }

    /// The codings of a CodeableConcept, reduced to what Herald sends.
    var codings: [RecordedVaccination.Coding] {
        (self["coding"]?.array ?? []).map {
            .init(system: $0.filled("system"), code: $0.filled("code"), display: $0.filled("display"))
        }.filter { $0.code != nil || $0.display != nil }
    }

    /// The first SNOMED CT coding of a CodeableConcept.
    var snomedCoding: RecordedVaccination.Coding? {
        codings.first { $0.system == FHIRSystem.snomed && $0.code != nil }
    }

    /// The product of a vaccineCode: of SNOMED CT, else that it is not known, else its name alone (§7.1).
    fileprivate var productCoding: RecordedVaccination.Coding? {
        if let coding = snomedCoding { return coding }
        if var unknown = codings.first(where: { $0.system == FHIRSystem.nullFlavor }) {
            unknown.system = RecordedVaccination.nullFlavor
            return unknown
        }
        let name = codings.lazy.compactMap(\.display).first ?? filled("text")
        return name.map { RecordedVaccination.Coding(system: nil, code: nil, display: $0) }
    }
}

extension RecordedVaccination {
    /// The code system of absent codes under its STU3 address.
    static let nullFlavor = "http://hl7.org/fhir/v3/NullFlavor"
}
