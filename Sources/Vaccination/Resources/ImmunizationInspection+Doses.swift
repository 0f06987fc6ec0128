import FHIR

/// What was given (immunization-mapping.md §3.2).
extension ImmunizationInspection {
    mutating func inspectProcedure() {
        guard let all = resource["extension"] else {
            values.findings.append(.procedureMissing)
            return
        }
        let location = "extension[?(@.url=='\(FHIRExtension.vaccinationProcedure)')].valueCodeableConcept"
        guard let extensions = objects(all, at: "extension", count: 1) else { return }
        if extensions[0]["url"]?.string != FHIRExtension.vaccinationProcedure {
            fault("extension[0].url must be one of the following: \(FHIRExtension.vaccinationProcedure)", .notAllowed)
        }
        guard let concept = extensions[0]["valueCodeableConcept"] else {
            return values.add(.mandatory, .vaccinationProcedureCode, at: location)
        }
        guard concept["coding"] != nil else {
            return values.add(.mandatory, .vaccinationProcedureCode, at: location + ".coding")
        }
        inspectConcept(concept, code: .vaccinationProcedureCode, term: .vaccinationProcedureTerm)
    }

    /// Product, manufacturer, batch and expiry.
    mutating func inspectProduct() {
        inspectConcept(resource["vaccineCode"], code: .vaccineProductCode, term: .vaccineProductTerm)
        inspectText(.vaccineManufacturer, resource.at("manufacturer", "display"))
        inspectText(.batchNumber, resource["lotNumber"])
        inspect(.expiryDate, resource["expirationDate"]) { $0.inspectExpiry(CivilDate(iso: $1.span)?.daysSince1970) }
    }

    mutating func inspectSiteAndRoute() {
        for (name, code, term) in [
            ("site", FeedColumn.siteOfVaccinationCode, FeedColumn.siteOfVaccinationTerm),
            ("route", .routeOfVaccinationCode, .routeOfVaccinationTerm),
        ] {
            let codings = resource.at(name, "coding")?.array ?? []
            inspectUnique(codings, at: "\(name).coding")
            let coding = codings.first { $0["system"]?.string == FHIRSystem.snomed }
            inspect(code, coding?["code"]) { $0.inspectCode(code, $1) }
            inspectText(term, coding?["display"])
        }
    }

    /// Of SNOMED CT the first coding counts and there may be more, as in the national service.
    private mutating func inspectUnique(_ codings: [JSONValue], at location: String) {
        var systems: Set<String> = []
        for system in codings.compactMap({ $0["system"]?.string }) where system != FHIRSystem.snomed {
            guard systems.insert(system).inserted else {
                let name = system.prefix(200)
                return fault("\(location)[?(@.system=='\(name)')] must be unique", .notUnique)
            }
        }
    }

    /// A SNOMED CT concept and its words; of another system only the form is looked at, with the FHIR model.
    private mutating func inspectConcept(_ concept: JSONValue?, code: FeedColumn, term: FeedColumn) {
        let coding = concept?["coding"]?.array?.first { $0["system"]?.string == FHIRSystem.snomed }
        inspect(code, coding?["code"]) { $0.inspectConcept(code, $1) }
        inspectText(term, coding?["display"])
    }

    /// Dose number, amount, reasons and diseases.
    mutating func inspectDoses() {
        inspectProtocol()
        inspectQuantity()
        for (index, reason) in (resource["reasonCode"]?.array ?? []).enumerated() {
            let location = "reasonCode[\(index)].coding"
            guard let coding = reason["coding"] else { continue }
            guard let codings = coding.array, !codings.isEmpty else {
                fault("\(location) must be \(coding.array == nil ? "an array" : "a non-empty array")")
                continue
            }
            let place = "\(location)[0].code"
            inspect(.indicationCode, codings[0]["code"], at: place) {
                $0.inspectCode(.indicationCode, $1, at: index == 0 ? nil : place)
            }
        }
    }

    private mutating func inspectQuantity() {
        guard let quantity = resource["doseQuantity"] else { return }
        switch quantity["value"] {
        case .number(let digits): values.inspectDoseAmount(digits.utf8.span)
        case nil: break
        default: values.add(.notNumber, .doseAmount)
        }
        inspect(.doseUnitCode, quantity["code"]) { $0.inspectCode(.doseUnitCode, $1) }
        inspectText(.doseUnitTerm, quantity["unit"])
        inspectText(quantity["system"], at: "doseQuantity.system")
        if quantity["code"] != nil, quantity["system"] == nil {
            fault(
                "If doseQuantity.code is present, doseQuantity.system must also be present",
                .structure,
                .doseUnitCode
            )
        }
    }

    private mutating func inspectProtocol() {
        var entry: JSONValue?
        if let applied = resource["protocolApplied"] {
            guard let entries = objects(applied, at: "protocolApplied", count: 1) else { return }
            entry = entries[0]
        }
        switch entry?["doseNumberPositiveInt"] {
        case .number(var digits): values.inspectDoseNumber(digits.withUTF8 { DoseNumber($0) })
        case nil: break
        default: values.add(.notPositiveInteger, .doseSequence)
        }
        inspectText(entry?["doseNumberString"], at: "protocolApplied[0].doseNumberString")
        inspectDiseases(entry?["targetDisease"])
    }

    private mutating func inspectDiseases(_ diseases: JSONValue?) {
        let location = "protocolApplied[0].targetDisease"
        guard let diseases else { return fault("\(location) is a mandatory field", .mandatory) }
        guard let diseases = objects(diseases, at: location) else { return }
        guard diseases.allSatisfy({ $0["coding"] != nil }) else {
            return fault("Every element of \(location) must have 'coding' property")
        }
        for (index, disease) in diseases.enumerated() {
            let codings = disease["coding"]?.array ?? []
            let snomed = codings.filter { $0["system"]?.string == FHIRSystem.snomed }
            guard snomed.count == 1 else {
                fault(
                    "\(location)[\(index)].coding must contain exactly one element with a system of \(FHIRSystem.snomed)"
                )
                continue
            }
            let place = "\(location)[\(index)].coding[?(@.system=='\(FHIRSystem.snomed)')].code"
            guard let code = snomed[0]["code"] else {
                fault("\(place) is a mandatory field", .mandatory)
                continue
            }
            inspectText(code, at: place)
        }
    }
}
