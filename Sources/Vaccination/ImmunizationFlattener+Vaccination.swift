import FHIR

/// What happened, where and when (immunization-mapping.md §5, 5.4).
extension ImmunizationFlattener {
    /// The time names and addresses are chosen by.
    func occurrence() throws(FlatteningFailure) -> FHIRDateTime {
        guard let text = resource["occurrenceDateTime"]?.string, let time = FHIRDateTime(text),
            time.precision == .day || time.hasTime
        else { throw .noOccurrence }
        return time
    }

    func dateAndTime() throws(FlatteningFailure) -> String {
        let text = try resource.text("occurrenceDateTime")
        guard !text.isEmpty else { return "" }
        guard let time = FHIRDateTime(text), time.precision == .day || time.hasTime,
            [nil, 0, 60].contains(time.offsetMinutes)
        else { throw .notConvertible(value: text, message: "Unsupported Format or offset") }
        let feedTime = FeedDateTime(
            date: time.date,
            secondOfDay: time.secondOfDay,
            microsecond: 0,
            fractionDigits: 0,
            offsetMinutes: time.offsetMinutes ?? 0
        )
        var bytes: [UInt8] = []
        feedTime.appendCompact(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The identifier of the organisation that vaccinated, by preference one with an ODS code.
    func site() throws(FlatteningFailure) -> JSONValue {
        var actors: [(isOrganization: Bool, identifier: JSONValue)] = []
        for performer in try resource.elements("performer") {
            let actor = try performer.element("actor")
            guard actor["identifier"] != nil else { continue }
            actors.append((actor["type"]?.string == "Organization", try actor.element("identifier")))
        }
        func hasODSCode(_ identifier: JSONValue) -> Bool { identifier["system"]?.string == FHIRSystem.odsCode }
        let chosen =
            actors.first { $0.isOrganization && hasODSCode($0.identifier) }
            ?? actors.first { hasODSCode($0.identifier) }
            ?? actors.first { $0.isOrganization }
            ?? actors.first
        return chosen?.identifier ?? [:]
    }

    /// The system of an identifier that stands alone; of several none could be told to be the one.
    func uniqueIDURI() throws(FlatteningFailure) -> String {
        let identifiers = try resource.elements("identifier")
        return identifiers.count == 1 ? try identifiers[0].text("system") : ""
    }

    func procedure() throws(FlatteningFailure) -> JSONValue {
        let extensions = try resource.elements("extension")
        let procedure = extensions.first { $0["url"]?.string == FHIRExtension.vaccinationProcedure }
        return try procedure?.element("valueCodeableConcept") ?? [:]
    }

    func doseUnitCode() throws(FlatteningFailure) -> String {
        let quantity = try resource.element("doseQuantity")
        return quantity["system"]?.string == FHIRSystem.snomed ? try quantity.text("code") : ""
    }

    func indicationCode() throws(FlatteningFailure) -> String {
        for reason in try resource.elements("reasonCode") {
            if let coding = try reason.snomedCoding() { return try coding.text("code") }
        }
        return ""
    }

    func location(_ name: String, default notKnown: String) throws(FlatteningFailure) -> String {
        let text = try resource.element("location").element("identifier").text(name)
        return text.isEmpty ? notKnown : text
    }
}

extension JSONValue {
    /// The first SNOMED CT coding of a CodeableConcept.
    func snomedCoding() throws(FlatteningFailure) -> JSONValue? {
        try elements("coding").first { $0["system"]?.string == FHIRSystem.snomed }
    }

    /// The words of a CodeableConcept (immunization-mapping.md 5.1).
    func term() throws(FlatteningFailure) -> String {
        let text = try text("text")
        guard text.isEmpty else { return text }
        guard let coding = try snomedCoding() else { return "" }
        let preferred = try coding.elements("extension").first {
            $0["url"]?.string == FHIRExtension.codingDescription && $0["valueString"]?.string?.isEmpty == false
        }
        return if let preferred { try preferred.text("valueString") } else { try coding.text("display") }
    }
}
