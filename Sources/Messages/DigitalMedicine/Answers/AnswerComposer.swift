package import FHIR
package import Foundation

/// Makes positive answers to ITK3 messages, without a wish for an answer of their own (gp-digital-medicine.md §9.1).
package struct AnswerComposer: Sendable {
    private let sender: DocumentSender
    private let makeID: @Sendable () -> UUID

    /// A composer; `makeID` draws the UUIDs.
    package init(sender: DocumentSender, makeID: @escaping @Sendable () -> UUID = { UUID() }) {
        self.sender = sender
        self.makeID = makeID
    }

    /// The infrastructure answer to an answer that asks for one (G-28): code 20013.
    ///
    /// - Returns: Nil if nothing is to be sent: the answer wants none, has no id to name, or is an infrastructure answer,
    ///   which is never answered.
    package func answer(to answer: ITKAnswer, at now: Date) -> JSONValue? {
        guard answer.wantsAnswer, answer.code?.level == .business, let answered = answer.id else { return nil }
        return self.answer(.success, toMessage: answered.lowercaseText, answer.senderReference, at: now)
    }

    /// The answer with a code to the message of this MessageHeader.id, whose sender's reference is echoed.
    package func answer(
        _ code: ITKResponseCode,
        toMessage answered: String,
        _ senderReference: String?,
        at now: Date
    ) -> JSONValue {
        let (headerID, senderID, outcomeID) = (makeID().lowercaseText, makeID().lowercaseText, makeID().lowercaseText)
        let header = FHIRPart.object([
            "resourceType": "MessageHeader",
            "id": .string(headerID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "ITK-MessageHeader-2"),
            "extension": [
                ITKPart.handling(
                    wantsAnswers: false,
                    recipient: .forAction,
                    definition: "ITK-Response-MessageDefinition-1",
                    senderReference: senderReference?.legalInXML ?? "None"
                )
            ],
            "event": ITKPart.event("ITK008M", "ITK Response"),
            "sender": FHIRPart.reference(senderID),
            "timestamp": .string(DocumentTime.utc(now)),
            "source": ["endpoint": .string(sender.mailbox.legalInXML)],
            "response": [
                "identifier": .string(answered.legalInXML), "code": "ok",
                "details": FHIRPart.reference(outcomeID),
            ],
        ])
        return ITKPart.bundle(
            id: makeID().lowercaseText,
            identifier: makeID().lowercaseText,
            [header, ITKPart.organization(senderID, sender.odsCode), outcome(outcomeID, code)]
        )
    }

    private func outcome(_ id: String, _ code: ITKResponseCode) -> JSONValue {
        [
            "resourceType": "OperationOutcome", "id": .string(id),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "ITK-Response-OperationOutcome-1"),
            "issue": [
                [
                    "severity": "information", "code": "informational",
                    "details": FHIRPart.concept(
                        "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1",
                        code.digits,
                        code.display
                    ),
                ]
            ],
        ]
    }
}
