package import FHIR
package import Foundation

/// Makes the `vaccinations-1` event message of a stored R4 Immunization (`nems.md` §5.1 to §5.3): a pure function of what it
/// is given.
package struct EventComposer: Sendable {
    private let sender: EventSender
    private let makeID: @Sendable () -> UUID

    /// A composer; `makeID` draws the UUIDs.
    package init(sender: EventSender, makeID: @escaping @Sendable () -> UUID = { UUID() }) {
        self.sender = sender
        self.makeID = makeID
    }

    /// The message as the JSON of its Bundle; ``STU3XMLWriter`` makes the XML that leaves.
    package func bundle(of immunization: JSONValue, _ order: EventOrder) throws(DigitalMedicineError) -> JSONValue {
        let parts = try EventParts(RecordedVaccination(immunization), order.legalInXML, makeID)
        let resources: [JSONValue?] = [
            try header(parts), try parts.immunization, try parts.patient, parts.organization, parts.healthcareService,
            parts.encounter, parts.practitioner, parts.practitionerRole, parts.location,
        ]
        return FHIRPart.object([
            "resourceType": "Bundle",
            "id": .string(makeID().lowercaseText),
            "meta": FHIRPart.meta("http://hl7.org/fhir/STU3/StructureDefinition/Bundle"),
            "type": "message",
            "entry": .array(resources.compactMap(\.self).map(FHIRPart.entry)),
        ])
    }

    private func header(_ parts: EventParts) throws(DigitalMedicineError) -> JSONValue {
        FHIRPart.object([
            "resourceType": "MessageHeader",
            "id": .string(makeID().lowercaseText),
            "meta": FHIRPart.meta(
                EventProfile.nhs + "Event-MessageHeader-1",
                updated: Self.milliseconds(parts.order.committed)
            ),
            "extension": [try parts.routingDemographics, parts.messageEventType],
            "event": FHIRPart.coding(EventProfile.codes + "EventType-1", "vaccinations-1", "Vaccinations"),
            "timestamp": .string(DocumentTime.utc(parts.order.sent)),
            "source": [
                "name": .string(sender.name.legalInXML),
                "contact": [
                    "system": sender.contact.contains("@") ? "email" : "phone",
                    "value": .string(sender.contact.legalInXML),
                ],
                "endpoint": .string("urn:nhs:addressing:asid:\(sender.asid.legalInXML)"),
            ],
            "responsible": FHIRPart.reference(parts.organizationID, display: parts.organisationName),
            "focus": [FHIRPart.reference(parts.immunizationID)],
        ])
    }

    /// The instant with its milliseconds and an offset in digits (§5.1).
    private static func milliseconds(_ date: Date) -> String { "\(FHIRInstant(date))".dropLast() + "+00:00" }
}

extension EventOrder {
    /// The order without what XML cannot carry; a name of which nothing is left is none.
    fileprivate var legalInXML: EventOrder {
        func text(_ name: String?) -> String? {
            name.map(\.legalInXML).flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        }
        func term(_ term: Term?) -> Term? {
            term.map { Term(code: $0.code.legalInXML, display: $0.display.legalInXML) }
        }
        var order = self
        order.organisationName = text(organisationName)
        order.locationName = text(locationName)
        order.encounterType = term(encounterType)
        order.careSetting = term(careSetting)
        order.profession = term(profession)
        return order
    }
}
