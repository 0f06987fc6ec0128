package import FHIR
package import Foundation

/// Makes the Digital Medicine message of a stored R4 Immunization: a pure function of what it is given.
package struct DocumentComposer: Sendable {
    private let sender: DocumentSender
    private let makeID: @Sendable () -> UUID

    /// A composer; `makeID` draws the UUIDs.
    package init(sender: DocumentSender, makeID: @escaping @Sendable () -> UUID = { UUID() }) {
        self.sender = sender
        self.makeID = makeID
    }

    /// The message that brings the stored Immunization to the practice of the order.
    package func message(
        of immunization: JSONValue,
        _ order: DocumentOrder
    ) throws(DigitalMedicineError) -> DigitalMedicineMessage {
        guard order.version > 0 else { throw .version(order.version) }
        let parts = DocumentParts(try RecordedVaccination(immunization), order.legalInXML, sender, makeID)
        return DigitalMedicineMessage(
            bundle: messageBundle(parts),
            messageID: parts.messageID,
            compositionIdentifier: parts.compositionIdentifier,
            title: parts.title,
            version: order.version,
            senderODSCode: sender.odsCode,
            subjectDetail: parts.subjectDetail
        )
    }

    private func messageBundle(_ parts: DocumentParts) -> JSONValue {
        let ids = (sender: makeID().lowercaseText, receiver: makeID().lowercaseText)
        let document = parts.documentBundle(id: makeID().lowercaseText, identifier: makeID().lowercaseText)
        return FHIRPart.object([
            "resourceType": "Bundle",
            "id": .string(makeID().lowercaseText),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "ITK-Message-Bundle-1"),
            "identifier": FHIRPart.uuid(makeID().lowercaseText),
            "type": "message",
            "entry": [
                FHIRPart.entry(header(parts, ids.sender, ids.receiver, document["id"]?.string ?? "")),
                FHIRPart.entry(headerOrganization(ids.sender, sender.odsCode)),
                FHIRPart.entry(headerOrganization(ids.receiver, parts.order.practice.odsCode)),
                FHIRPart.entry(document),
            ],
        ])
    }

    private func header(
        _ parts: DocumentParts,
        _ senderID: String,
        _ receiverID: String,
        _ documentID: String
    ) -> JSONValue {
        FHIRPart.object([
            "resourceType": "MessageHeader",
            "id": .string(parts.messageID.lowercaseText),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "ITK-MessageHeader-2"),
            "extension": [handling(version: parts.order.version)],
            "event": FHIRPart.coding(
                "https://fhir.nhs.uk/STU3/CodeSystem/ITK-MessageEvent-2",
                "ITK009D",
                "ITK Digital Medicine Immunization Document"
            ),
            "receiver": FHIRPart.reference(receiverID),
            "sender": FHIRPart.reference(senderID),
            "timestamp": .string(DocumentTime.utc(parts.order.composed)),
            "source": ["endpoint": .string(sender.mailbox.legalInXML)],
            "focus": [FHIRPart.reference(documentID)],
        ])
    }

    private func handling(version: Int) -> JSONValue {
        let recipient =
            switch sender.recipient {
            case .forAction: ("FA", "For Action")
            case .forInformation: ("FI", "For Information")
            }
        let reference =
            switch sender.reference {
            case .none: "None"
            // At most 255 characters; the version is what must not be lost.
            case .record(let id): "\(id.legalInXML.prefix(240)).v\(version)"
            }
        return [
            "url": .string(DigitalMedicineProfile.itk + "Extension-ITK-MessageHandling-2"),
            "extension": [
                ["url": "BusAckRequested", "valueBoolean": true],
                ["url": "InfAckRequested", "valueBoolean": true],
                [
                    "url": "RecipientType",
                    "valueCoding": FHIRPart.coding(
                        "https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1",
                        recipient.0,
                        recipient.1
                    ),
                ],
                [
                    "url": "MessageDefinition",
                    "valueReference": [
                        "reference":
                            "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-DM-Immunization-MessageDefinition-1"
                    ],
                ],
                ["url": "SenderReference", "valueString": .string(reference)],
                ["url": "LocalExtension", "valueString": "None"],
            ],
        ]
    }

    private func headerOrganization(_ id: String, _ code: String) -> JSONValue {
        FHIRPart.object([
            "resourceType": "Organization",
            "id": .string(id),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "CareConnect-ITK-Header-Organization-1"),
            "identifier": [FHIRPart.identifier(FHIRSystem.odsCode, code.legalInXML)],
        ])
    }
}

extension DocumentOrder {
    /// The order without what XML cannot carry; a name of which nothing is left is none (G-10).
    fileprivate var legalInXML: DocumentOrder {
        var order = self
        order.vaccineType = vaccineType.legalInXML
        order.practice.odsCode = practice.odsCode.legalInXML
        order.practice.name = practice.name?.legalInXML.nonBlank
        order.siteName = siteName?.legalInXML.nonBlank
        order.careSetting = careSetting.map { Term(code: $0.code.legalInXML, display: $0.display.legalInXML) }
        return order
    }
}

extension String {
    fileprivate var nonBlank: String? { allSatisfy(\.isWhitespace) ? nil : self }
}
