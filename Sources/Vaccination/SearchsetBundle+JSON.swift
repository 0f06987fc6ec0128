import FHIR

extension SearchsetBundle {
    /// The Bundle as JSON.
    ///
    /// Throws a ``VaccinationError`` if a stored resource has no id, which would be Herald's own fault.
    package func bytes() throws(VaccinationError) -> [UInt8] {
        try JSONWriter.bytes { (json: inout JSONWriter) throws(VaccinationError) in
            json.beginObject()
            json.member("resourceType", "Bundle")
            json.member("type", "searchset")
            json.member("total", total)
            if form != .older { links(to: &json) }
            json.name("entry")
            json.beginArray()
            for match in matches { try entry(match, to: &json) }
            if hasPatients {
                for (place, person) in people.enumerated() where matches.contains(where: { $0.person == place }) {
                    entry(person.url, patient(person, at: place), mode: "include", to: &json)
                }
            }
            for outcome in outcomes { entry(nil, outcome.json, mode: "outcome", to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    private var hasPatients: Bool {
        if case .elements = form { false } else { true }
    }

    private func links(to json: inout JSONWriter) {
        json.name("link")
        json.beginArray()
        for (relation, url) in [("self", selfLink), ("next", nextLink), ("previous", previousLink)] {
            guard let url else { continue }
            json.value(["relation": .string(relation), "url": .string(url)])
        }
        json.endArray()
    }

    private func entry(_ match: Match, to json: inout JSONWriter) throws(VaccinationError) {
        guard let id = match.resource["id"]?.string else { throw .resourceWithoutID }
        let person = people[match.person]
        let url = form == .older ? "urn:uuid:\(id)" : "\(baseURL)/Immunization/\(id)"
        // What is taken out comes first: the form of a search drops what tells practitioners from sites.
        let shown = person.redaction.apply(to: match.resource)
        if case .elements(let elements) = form {
            return entry(url, Self.subset(shown, elements), mode: "match", to: &json)
        }
        let form = SearchEntry(patientReference: person.url, nhsNumber: person.nhsNumber)
        entry(url, form.transform(shown), mode: "match", to: &json)
    }

    /// The elements asked for; the version always, with the mark that there would be more.
    private static func subset(_ resource: JSONValue, _ elements: Set<String>) -> JSONValue {
        var result = JSONObject()
        result["resourceType"] = resource["resourceType"]
        if elements.contains("id") { result["id"] = resource["id"] }
        var meta = elements.contains("meta") ? resource["meta"]?.object ?? JSONObject() : JSONObject()
        meta["versionId"] = resource["meta"]?["versionId"]
        meta["tag"] = .array((meta["tag"]?.array ?? []) + [subsetted])
        result["meta"] = .object(meta)
        return .object(result)
    }

    private static let subsetted: JSONValue = [
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED",
    ]

    /// One Patient a person: number and birth date, nothing else.
    private func patient(_ person: Person, at place: Int) -> JSONValue {
        var patient = JSONObject()
        patient["resourceType"] = "Patient"
        patient["id"] = .string(person.nhsNumber?.digits ?? person.uuid.lowercaseText)
        patient["identifier"] = person.nhsNumber.map { [.nhsNumberIdentifier($0)] }
        patient["birthDate"] = Self.latestBirthDate(in: matches.filter { $0.person == place }.map(\.resource))
        return person.redaction.apply(toPatient: .object(patient))
    }

    private func entry(_ url: String?, _ resource: JSONValue, mode: String, to json: inout JSONWriter) {
        json.beginObject()
        if let url { json.member("fullUrl", url) }
        json.member("resource", resource)
        json.member("search", ["mode": .string(mode)])
        json.endObject()
    }

    /// The birth date as captured on the vaccination that happened last; of several at one time, on the first.
    private static func latestBirthDate(in resources: [JSONValue]) -> JSONValue? {
        var latest: (time: Int64, birthDate: JSONValue)?
        for resource in resources {
            let patient = resource["contained"]?.array?.first { $0["resourceType"]?.string == "Patient" }
            guard let birthDate = patient?["birthDate"] else { continue }
            let occurrence = resource["occurrenceDateTime"]?.string.flatMap { FHIRDateTime($0) }
            let time = occurrence?.firstMicrosecond ?? .min
            if latest == nil || time > latest?.time ?? .min { latest = (time, birthDate) }
        }
        return latest?.birthDate
    }
}
