package import FHIR

/// What is taken out of a restricted person's records before anybody is shown them (immunisation-history.md Q-91 to Q-95).
///
/// A pure function over the resource: what is stored never changes (Q-94).
package struct Redaction: Sendable, Hashable {
    /// How much is taken out.
    package enum Extent: Sendable, Hashable {
        /// Nothing.
        case none
        /// Where it was and who did it, and where the person lives (Q-91).
        case places
        /// That, and who the person is (Q-92).
        case placesAndPerson
    }

    /// The person's code.
    package let confidentiality: Confidentiality
    package let extent: Extent

    /// Nothing to take out.
    package static let none = Redaction(.unrestricted)

    /// - Parameters:
    ///   - confidentiality: The person's code.
    ///   - isOn: The hub's switch `query.redactRestricted`.
    ///   - isUnredacted: Whether the caller may see restricted records in full (Q-95); very restricted ones stay as they are.
    package init(_ confidentiality: Confidentiality, isOn: Bool = true, isUnredacted: Bool = false) {
        self.confidentiality = confidentiality
        extent =
            switch confidentiality {
            case _ where !isOn: .none
            case .unrestricted: .none
            case .restricted: isUnredacted ? .none : .places
            case .veryRestricted, .invalidated: .placesAndPerson
            }
    }

    /// Whether a restricted record is shown in full, which audit notes (Q-95).
    package var showsRestricted: Bool { confidentiality != .unrestricted && extent == .none }

    /// The Immunization as it may be shown: a stored one, or the form in which a search returns it.
    package func apply(to immunization: JSONValue) -> JSONValue {
        guard confidentiality != .unrestricted, var result = immunization.object else { return immunization }
        if extent != .none {
            if let performers = result["performer"]?.array {
                let sites = performers.filter { !$0.isPractitioner }.map { _ in Self.hiddenSite }
                result["performer"] = sites.isEmpty ? nil : .array(sites)
            }
            if result["location"] != nil { result["location"] = Self.hiddenLocation }
            if let contained = result["contained"]?.array {
                let kept = contained.filter { $0["resourceType"]?.string != "Practitioner" }.map(person)
                result["contained"] = kept.isEmpty ? nil : .array(kept)
            }
        }
        label(&result)
        return .object(result)
    }

    /// The Patient entry of a search as it may be shown.
    package func apply(toPatient patient: JSONValue) -> JSONValue {
        guard confidentiality != .unrestricted, var result = patient.object else { return patient }
        if extent == .placesAndPerson { result["birthDate"] = nil }
        label(&result)
        return .object(result)
    }

    /// An update by somebody who read the redacted form, with the site as it is stored (Q-94).
    ///
    /// - Parameters:
    ///   - update: The Immunization that was sent.
    ///   - stored: The current one, in full.
    /// - Returns: The update; where it has what redaction puts in, with what is stored instead.
    package func restoringSite(of update: JSONValue, from stored: JSONValue) -> JSONValue {
        guard confidentiality != .unrestricted, var result = update.object else { return update }
        if result["performer"]?.array?.contains(where: \.isHiddenSite) == true {
            result["performer"] = stored["performer"]
            let contained = result["contained"]?.array ?? []
            // Redaction took the practitioner out as well; who sent one anew is believed.
            if !contained.contains(where: { $0["resourceType"]?.string == "Practitioner" }) {
                let people = (stored["contained"]?.array ?? []).filter { $0["resourceType"]?.string == "Practitioner" }
                if !people.isEmpty { result["contained"] = .array(people + contained) }
            } else if let performers = result["performer"]?.array {
                let sent = (update["performer"]?.array ?? []).filter(\.isPractitioner)
                result["performer"] = .array(sent + performers.filter { !$0.isPractitioner })
            }
        }
        if result["location"]?["identifier"].map({ $0["system"] == Self.isoCountry && $0["value"] == "GB" }) == true {
            result["location"] = stored["location"]
        }
        result["contained"] = result["contained"]?.array.map {
            .array($0.map { restoringAddress(of: $0, from: stored) })
        }
        return .object(result)
    }

    /// A contained Patient with the address as it is stored, where it has the postcode that redaction puts in.
    private func restoringAddress(of contained: JSONValue, from stored: JSONValue) -> JSONValue {
        guard contained["resourceType"]?.string == "Patient", var patient = contained.object,
            let addresses = patient["address"]?.array, !addresses.isEmpty,
            addresses.allSatisfy({ $0 == ["postalCode": .string(Self.hiddenPostcode)] }),
            let known = stored["contained"]?.array?.first(where: { $0["resourceType"]?.string == "Patient" })?[
                "address"
            ]
        else { return contained }
        patient["address"] = known
        return .object(patient)
    }

    private func person(_ contained: JSONValue) -> JSONValue {
        guard contained["resourceType"]?.string == "Patient", var patient = contained.object else { return contained }
        if let addresses = patient["address"]?.array {
            patient["address"] = .array(addresses.map { _ in ["postalCode": .string(Self.hiddenPostcode)] })
        }
        patient["telecom"] = nil
        if extent == .placesAndPerson {
            for element in ["name", "gender", "birthDate"] { patient[element] = nil }
        }
        return .object(patient)
    }

    /// Puts the code into `meta.security` (Q-93).
    private func label(_ resource: inout JSONObject) {
        var meta = resource["meta"]?.object ?? JSONObject()
        let others = (meta["security"]?.array ?? []).filter { $0["system"]?.string != Confidentiality.system }
        meta["security"] = .array(
            others + [["system": .string(Confidentiality.system), "code": .string(confidentiality.rawValue)]]
        )
        if resource["meta"] == nil, let type = resource.members.firstIndex(where: { $0.name == "resourceType" }) {
            var members = resource.members
            members.insert(JSONObject.Member(name: "meta", value: .object(meta)), at: type + 1)
            resource = JSONObject(members)
        } else {
            resource["meta"] = .object(meta)
        }
    }

    /// The organisation that stands for one that is not told.
    fileprivate static let hiddenODSCode = "N2N9I"
    private static let hiddenPostcode = "ZZ99 3CZ"
    private static let isoCountry: JSONValue = "urn:iso:std:iso:3166"
    private static let hiddenSite: JSONValue = [
        "actor": [
            "type": "Organization",
            "identifier": ["system": .string(FHIRSystem.odsCode), "value": .string(hiddenODSCode)],
        ]
    ]
    private static let hiddenLocation: JSONValue = ["identifier": ["system": isoCountry, "value": "GB"]]
}

extension JSONValue {
    /// Whether a `performer` is a person: one contained in the resource, or one named as such.
    fileprivate var isPractitioner: Bool {
        let reference = at("actor", "reference")?.string ?? ""
        return reference.hasPrefix("#") || reference.contains("Practitioner")
            || at("actor", "type")?.string == "Practitioner"
    }

    fileprivate var isHiddenSite: Bool { at("actor", "identifier", "value")?.string == Redaction.hiddenODSCode }
}
