import FHIR
import Vaccination

extension DocumentParts {
    var composition: JSONValue {
        FHIRPart.object([
            "resourceType": "Composition",
            "id": .string(compositionID),
            "meta": FHIRPart.meta(
                DigitalMedicineProfile.itk + "CareConnect-ITK-DM-Immunization-Composition-1",
                version: order.version
            ),
            "text": ["status": "generated", "div": .string(DocumentNarrative.div(paragraph: summary))],
            "extension": order.careSetting.map { setting in
                [
                    [
                        "url": .string(DigitalMedicineProfile.itk + "Extension-CareSettingType-1"),
                        "valueCodeableConcept": FHIRPart.concept(FHIRSystem.snomed, setting.code, setting.display),
                    ]
                ]
            },
            "identifier": FHIRPart.uuid(compositionIdentifier.lowercaseText),
            "status": order.isWithdrawal ? "entered-in-error" : "final",
            "type": FHIRPart.concept(FHIRSystem.snomed, "41000179103", "Immunization record"),
            "subject": FHIRPart.reference(patientID),
            "encounter": FHIRPart.reference(encounterID),
            "date": .string(DocumentTime.utc(order.composed)),
            "author": [FHIRPart.reference(practitionerID)],
            "title": .string(title),
            "custodian": FHIRPart.reference(practiceID),
            "relatesTo": order.replaces.map { replaced in
                [["code": "replaces", "targetIdentifier": FHIRPart.uuid(replaced.lowercaseText)]]
            },
            "section": [contacts, legalInformation, practiceSection, vaccinations, demographics],
        ])
    }

    private var summary: String {
        [
            "\(title) for \(record.patientName.text)", "NHS Number: \(order.tracedNumber.digits)",
            "seen at " + [provider.name, provider.odsCode].compactMap(\.self).joined(separator: ", "),
            "Version: \(order.version)",
        ].joined(separator: ", ")
    }

    private var professional: String { record.practitioner?.text ?? "Not recorded" }

    private var contacts: JSONValue {
        let title = "Contacts with professionals"
        let code = FHIRPart.coding("https://fhir.nhs.uk/CodeSystem/SectionCode", "contacts-with-professionals", title)
        return section(title, code, entry: encounterID) {
            $0.row("Date and time of contact", .text(DocumentTime.local(record.occurrence)))
            $0.row("Organisation identifier", .paragraphs(["ODS Organization Code: \(provider.odsCode)"]))
            $0.row("Organisation name", .text(provider.name))
            $0.row("Professional", .text(professional))
        }
    }

    private var legalInformation: JSONValue {
        section("Legal information", snomed("886961000000102", "Legal information"), entry: nil) {
            $0.row("Consent for treatment record", .text("No consent information was provided."))
        }
    }

    private var practiceSection: JSONValue {
        section("GP practice", snomed("886711000000101", "GP practice"), entry: practiceID) {
            $0.row("GP practice identifier", .paragraphs(["ODS Organization Code: \(order.practice.odsCode)"]))
            $0.row("GP practice details", .paragraphs(order.practice.name.map { ["GP practice name: \($0)"] } ?? []))
        }
    }

    private var vaccinations: JSONValue {
        section("Vaccinations", snomed("1102181000000102", "Immunisations"), entry: immunizationID) {
            if let product = record.product {
                $0.row("Vaccine product", product)
            } else {
                $0.row("Vaccine product", .text("Not available"))
            }
            $0.row("Manufacturer", .text(manufacturer))
            $0.row("Batch number", .text(record.resource.filled("lotNumber")))
            $0.row("Expiry date", .text(record.resource.filled("expirationDate").map(DocumentTime.shortDay)))
            $0.endTable()
            $0.row("Vaccine procedure", record.procedure)
            $0.row("Site", record.resource["site"]?.snomedCoding)
            $0.row("Route", record.resource["route"]?.snomedCoding)
            for reason in record.reasons.joined() { $0.row("Indication", reason) }
            for reason in record.reasonsNotGiven { $0.row("Reason not given", reason) }
            if let dose = record.dose {
                let amount = [dose["value"]?.number, dose.filled("unit")].compactMap(\.self).joined(separator: " ")
                $0.row("Dose", .text(amount), .text(dose.filled("code")))
            }
            $0.row("Dose sequence", .text(record.doseNumber.map { String($0) }))
            $0.row("Date Time", .text(DocumentTime.local(record.occurrence)))
            $0.row("Administered by", .text(professional))
        }
    }

    private var demographics: JSONValue {
        section("Patient demographics", snomed("886731000000109", "Patient demographics"), entry: patientID) {
            let name = record.patientName
            $0.row(
                "Patient name",
                .paragraphs(
                    [name.givenText.map { "Given Name: \($0)" }, name.family.map { "Family Name: \($0)" }]
                        .compactMap(\.self)
                )
            )
            $0.row("Date of birth", .text(record.patient.filled("birthDate").map(DocumentTime.longDay)))
            $0.row("Sex", .text(record.patient.filled("gender").map { $0.prefix(1).uppercased() + $0.dropFirst() }))
            $0.row("NHS Number", .text(order.tracedNumber.digits))
            $0.row("Patient address", .paragraphs(postcode.map { [$0] } ?? []))
        }
    }

    private func snomed(_ code: String, _ display: String) -> JSONValue {
        FHIRPart.coding(FHIRSystem.snomed, code, display)
    }

    private func section(
        _ title: String,
        _ code: JSONValue,
        entry: String?,
        _ body: (inout DocumentNarrative) -> Void
    ) -> JSONValue {
        FHIRPart.object([
            "title": .string(title),
            "code": ["coding": [code]],
            "text": ["status": "additional", "div": .string(DocumentNarrative.div(body))],
            "entry": entry.map { [FHIRPart.reference($0)] },
        ])
    }
}
