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
        return ITKPart.bundle(
            id: makeID().lowercaseText,
            identifier: makeID().lowercaseText,
            [
                header(parts, ids.sender, ids.receiver, document["id"]?.string ?? ""),
                ITKPart.organization(ids.sender, sender.odsCode),
                ITKPart.organization(ids.receiver, parts.order.practice.odsCode),
                document,
            ]
        )
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
            "event": ITKPart.event("ITK009D", "ITK Digital Medicine Immunization Document"),
            "receiver": FHIRPart.reference(receiverID),
            "sender": FHIRPart.reference(senderID),
            "timestamp": .string(DocumentTime.utc(parts.order.composed)),
            "source": ["endpoint": .string(sender.mailbox.legalInXML)],
            "focus": [FHIRPart.reference(documentID)],
        ])
    }

    private func handling(version: Int) -> JSONValue {
        let reference =
            switch sender.reference {
            case .none: "None"
            // At most 255 characters; the version is what must not be lost.
            case .record(let id): "\(id.legalInXML.prefix(240)).v\(version)"
            }
        return ITKPart.handling(
            wantsAnswers: true,
            recipient: sender.recipient,
            definition: "ITK-DM-Immunization-MessageDefinition-1",
            senderReference: reference
        )
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
