import FHIR

/// What every ITK3 message has around its content (gp-digital-medicine.md §§3 and 4).
enum ITKPart {
    /// The message Bundle around its entries.
    static func bundle(id: String, identifier: String, _ resources: [JSONValue]) -> JSONValue {
        FHIRPart.object([
            "resourceType": "Bundle",
            "id": .string(id),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "ITK-Message-Bundle-1"),
            "identifier": FHIRPart.uuid(identifier),
            "type": "message",
            "entry": .array(resources.map { FHIRPart.entry($0) }),
        ])
    }

    /// The event of a MessageHeader.
    static func event(_ code: String, _ display: String) -> JSONValue {
        FHIRPart.coding("https://fhir.nhs.uk/STU3/CodeSystem/ITK-MessageEvent-2", code, display)
    }

    /// The extension that says how the receiver is to treat the message: six parts, each once.
    static func handling(
        wantsAnswers: Bool,
        recipient: DocumentSender.Recipient,
        definition: String,
        senderReference: String
    ) -> JSONValue {
        let type =
            switch recipient {
            case .forAction: ("FA", "For Action")
            case .forInformation: ("FI", "For Information")
            }
        return [
            "url": .string(DigitalMedicineProfile.itk + "Extension-ITK-MessageHandling-2"),
            "extension": [
                ["url": "BusAckRequested", "valueBoolean": .bool(wantsAnswers)],
                ["url": "InfAckRequested", "valueBoolean": .bool(wantsAnswers)],
                [
                    "url": "RecipientType",
                    "valueCoding": FHIRPart.coding(
                        "https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1",
                        type.0,
                        type.1
                    ),
                ],
                [
                    "url": "MessageDefinition",
                    "valueReference": [
                        "reference": .string("https://fhir.nhs.uk/STU3/MessageDefinition/\(definition)")
                    ],
                ],
                ["url": "SenderReference", "valueString": .string(senderReference)],
                ["url": "LocalExtension", "valueString": "None"],
            ],
        ]
    }

    /// The Organization that a header names: its ODS code and nothing else.
    static func organization(_ id: String, _ odsCode: String) -> JSONValue {
        FHIRPart.object([
            "resourceType": "Organization",
            "id": .string(id),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "CareConnect-ITK-Header-Organization-1"),
            "identifier": [FHIRPart.identifier(FHIRSystem.odsCode, odsCode.legalInXML)],
        ])
    }
}
