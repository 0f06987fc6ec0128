import FHIR

/// Patient and Practitioner (immunization-mapping.md §5, 5.2, 5.3).
extension ImmunizationFlattener {
    func patient() throws(FlatteningFailure) -> JSONValue {
        try contained("Patient")
    }

    func nhsNumber() throws(FlatteningFailure) -> String {
        let identifiers = try patient().elements("identifier")
        return try identifiers.first { $0["system"]?.string == FHIRSystem.nhsNumber }?.text("value") ?? ""
    }

    func genderCode() throws(FlatteningFailure) -> String {
        Gender(rawValue: try patient().text("gender").lowercased())?.code ?? ""
    }

    /// Half a name is no name.
    func personName() throws(FlatteningFailure) -> (given: String, family: String) {
        let occurrence = try occurrence()
        let names = try patient().elements("name").filter { $0["given"] != nil && $0["family"] != nil }
        let name = try name(among: names, at: occurrence)
        return name.given.isEmpty || name.family.isEmpty ? ("", "") : name
    }

    func practitionerName() throws(FlatteningFailure) -> (given: String, family: String) {
        let occurrence = try occurrence()
        let names = try contained("Practitioner").elements("name").filter { $0["given"] != nil || $0["family"] != nil }
        return try name(among: names, at: occurrence)
    }

    func postcode() throws(FlatteningFailure) -> String {
        let notKnown = "ZZ99 3CZ"
        let occurrence = try occurrence()
        let addresses = try patient().elements("address")
        if addresses.count == 1 {
            let postcode = try addresses[0].text("postalCode")
            return postcode.isEmpty ? notKnown : postcode
        }
        var candidates: [JSONValue] = []
        for address in addresses {
            if try !address.text("postalCode").isEmpty, try address.isCurrent(at: occurrence) {
                candidates.append(address)
            }
        }
        let chosen =
            candidates.first { $0.code("use") == "home" && $0.code("type") != "postal" }
            ?? candidates.first { $0.code("use") != "old" && $0.code("type") != "postal" }
            ?? candidates.first { $0.code("use") != "old" }
            ?? candidates.first
        return try chosen?.text("postalCode") ?? notKnown
    }

    private func contained(_ type: String) throws(FlatteningFailure) -> JSONValue {
        try resource.elements("contained").first { $0["resourceType"]?.string == type } ?? [:]
    }

    private func name(
        among names: [JSONValue],
        at occurrence: FHIRDateTime
    ) throws(FlatteningFailure) -> (given: String, family: String) {
        var current: [JSONValue] = []
        for name in names where try name.isCurrent(at: occurrence) { current.append(name) }
        let chosen =
            current.first { $0["use"]?.string == "official" }
            ?? current.first { $0["use"]?.string != "old" }
            ?? names.first
        guard let chosen else { return ("", "") }
        return (try chosen.givenNames(), try chosen.text("family"))
    }
}

extension JSONValue {
    /// A code that is compared without case.
    fileprivate func code(_ name: String) -> String? {
        self[name]?.string?.lowercased()
    }

    fileprivate func givenNames() throws(FlatteningFailure) -> String {
        guard let given = self["given"] else { return "" }
        let names = given.array?.compactMap(\.string) ?? []
        guard names.count == given.array?.count else { throw .wrongShape(element: "given") }
        return names.joined(separator: " ")
    }

    /// Whether a name's or an address's period holds the time given; without a period it does.
    ///
    /// Start and end count in full: a day as an end lasts until its last moment. No offset means UTC.
    func isCurrent(at time: FHIRDateTime) throws(FlatteningFailure) -> Bool {
        let period = try element("period")
        let moment = time.firstMicrosecond
        if let start = try period.limit("start"), start.firstMicrosecond > moment { return false }
        if let end = try period.limit("end"), end.lastMicrosecond < moment { return false }
        return true
    }

    private func limit(_ name: String) throws(FlatteningFailure) -> FHIRDateTime? {
        let text = try text(name)
        guard !text.isEmpty else { return nil }
        guard let time = FHIRDateTime(text) else { throw .wrongShape(element: "period.\(name)") }
        return time
    }
}
