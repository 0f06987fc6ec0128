import FHIR

/// Patient and practitioner (immunization-mapping.md §3.2, §3.3).
extension ImmunizationInspection {
    mutating func inspectPatient() {
        guard let patient = contained("Patient") else { return }
        inspectNHSNumber(patient["identifier"])
        inspectName(of: patient, "Patient", given: .personForename, family: .personSurname)
        inspect(.personDOB, patient["birthDate"]) { $0.inspectBirthDate(CivilDate(iso: $1.span)?.daysSince1970) }
        inspect(.personGenderCode, patient["gender"]) { $0.inspectGender($1) }
        inspectPostcode(patient["address"])
    }

    mutating func inspectPractitioner() {
        guard let practitioner = contained("Practitioner") else { return }
        inspectName(
            of: practitioner,
            "Practitioner",
            given: .performingProfessionalForename,
            family: .performingProfessionalSurname
        )
    }

    private mutating func inspectNHSNumber(_ identifier: JSONValue?) {
        let location = "contained[?(@.resourceType=='Patient')].identifier"
        guard let identifier else { return }
        guard let identifier = objects(identifier, at: location, count: 1)?.first else { return }
        if identifier["extension"] != nil { fault("\(location)[0] must not include an extension") }
        if identifier["system"]?.string != FHIRSystem.nhsNumber {
            fault(
                "\(location)[0].system must be one of the following: \(FHIRSystem.nhsNumber)",
                .notAllowed,
                .nhsNumber
            )
        }
        inspect(.nhsNumber, identifier["value"]) { $0.inspectNHSNumber($1) }
    }

    /// The name that is current at the vaccination is the one that counts.
    private mutating func inspectName(
        of person: JSONValue,
        _ type: String,
        given: FeedColumn,
        family: FeedColumn
    ) {
        let location = "contained[?(@.resourceType=='\(type)')].name"
        var index = 0
        var name: JSONValue?
        if let all = person["name"] {
            guard let names = objects(all, at: location) else { return }
            index = chosenName(among: names)
            name = names[index]
        }
        inspectGivenNames(name?["given"], given, at: "\(location)[\(index)].given")
        let place = "\(location)[\(index)].family"
        inspect(family, name?["family"], at: place) { values, text in
            if family == .personSurname {
                values.inspectName(family, text, limit: NameLimit.surname, at: place)
            } else {
                values.inspectText(family, text, at: place)
            }
        }
    }

    private mutating func inspectGivenNames(_ given: JSONValue?, _ column: FeedColumn, at location: String) {
        guard let given else {
            if column.isMandatory { values.add(.mandatory, column, at: location) }
            return
        }
        guard let names = given.array else { return fault("\(location) must be an array", .structure, column) }
        guard !names.isEmpty else { return fault("\(location) must be a non-empty array", .structure, column) }
        guard column != .personForename || names.count <= NameLimit.givenNames else {
            return fault("\(location) must be an array of maximum length \(NameLimit.givenNames)", .maxLength, column)
        }
        for (index, name) in names.enumerated() {
            let place = "\(location)[\(index)]"
            inspect(column, name, at: place) { values, text in
                if column == .personForename {
                    values.inspectName(column, text, limit: NameLimit.forename, at: place)
                } else {
                    values.inspectText(column, text, at: place)
                }
            }
        }
    }

    /// Of several names with both parts that are current at the vaccination: the official one, else one that is not
    /// old, else the first; of none the first of all (§3.3).
    private func chosenName(among names: [JSONValue]) -> Int {
        guard names.count > 1, let text = resource["occurrenceDateTime"]?.string, let time = FHIRDateTime(text) else {
            return 0
        }
        let current = names.indices.filter { index in
            names[index]["given"] != nil && names[index]["family"] != nil
                && (try? names[index].isCurrent(at: time)) == true
        }
        return current.first { names[$0]["use"]?.string == "official" }
            ?? current.first { names[$0]["use"]?.string != "old" }
            ?? current.first ?? 0
    }

    private mutating func inspectPostcode(_ address: JSONValue?) {
        guard let address else { return values.add(.mandatory, .personPostcode) }
        let location = "contained[?(@.resourceType=='Patient')].address"
        guard let addresses = objects(address, at: location) else { return }
        let postcodes = addresses.compactMap { $0["postalCode"] }
        inspectText(.personPostcode, postcodes.first { $0 != "" } ?? postcodes.first)
    }
}
