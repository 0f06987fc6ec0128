import FHIR

extension SearchsetBundle {
    /// The Bundle as JSON.
    ///
    /// Throws a ``VaccinationError`` if a stored resource is not JSON or has no id, which would be Herald's own fault.
    package func bytes() throws(VaccinationError) -> [UInt8] {
        let resources = try resources.map { (bytes) throws(VaccinationError) -> JSONValue in
            do throws(JSONError) { return try JSONValue(parsing: bytes) } catch { throw .json(error) }
        }
        return try JSONWriter.bytes { (json: inout JSONWriter) throws(VaccinationError) in
            json.beginObject()
            json.member("resourceType", "Bundle")
            json.member("type", "searchset")
            json.member("total", total)
            links(to: &json)
            json.name("entry")
            json.beginArray()
            try matches(resources, to: &json)
            if !resources.isEmpty { patient(of: resources, to: &json) }
            for outcome in outcomes { entry(nil, outcome.json, mode: "outcome", to: &json) }
            json.endArray()
            json.endObject()
        }
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

    private func matches(_ resources: [JSONValue], to json: inout JSONWriter) throws(VaccinationError) {
        let form = SearchEntry(patientReference: patientURL, nhsNumber: nhsNumber)
        for resource in resources {
            guard let id = resource["id"]?.string else { throw .resourceWithoutID }
            entry("\(baseURL)/Immunization/\(id)", form.transform(resource), mode: "match", to: &json)
        }
    }

    /// One Patient a page: number and birth date, nothing else.
    private func patient(of resources: [JSONValue], to json: inout JSONWriter) {
        var patient = JSONObject()
        patient["resourceType"] = "Patient"
        patient["id"] = .string(nhsNumber?.digits ?? patientUUID.lowercaseText)
        patient["identifier"] = nhsNumber.map { [.nhsNumberIdentifier($0)] }
        patient["birthDate"] = Self.latestBirthDate(in: resources)
        entry(patientURL, .object(patient), mode: "include", to: &json)
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
