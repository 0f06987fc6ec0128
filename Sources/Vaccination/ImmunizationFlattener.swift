package import FHIR

/// Turns any stored Immunization, also one that came over an API, back into the 34 columns
/// (immunization-mapping.md §5).
package struct ImmunizationFlattener: Sendable {
    let resource: JSONValue

    /// The columns of a resource; a conversion error empties its column and never stops the record.
    ///
    /// - Parameters:
    ///   - resource: a FHIR R4 Immunization.
    ///   - action: what ACTION_FLAG is to say; it comes from the event, not from the resource.
    /// - Returns: the record and its conversion errors.
    package static func flatten(_ resource: JSONValue, action: ActionFlag) -> FlattenedRecord {
        let flattener = ImmunizationFlattener(resource: resource)
        var fields: [String] = []
        var errors: [ConversionError] = []
        fields.reserveCapacity(FeedColumn.allCases.count)
        for column in FeedColumn.allCases {
            do {
                fields.append(column == .actionFlag ? action.rawValue : try flattener.field(column))
            } catch {
                fields.append("")
                errors.append(error.conversionError(in: column))
            }
        }
        return FlattenedRecord(flat: FlatRecord(fields: fields), errors: errors)
    }

    private func field(_ column: FeedColumn) throws(FlatteningFailure) -> String {
        switch column {
        case .nhsNumber: try nhsNumber()
        case .personForename: try personName().given
        case .personSurname: try personName().family
        case .personDOB: try patient().date("birthDate")
        case .personGenderCode: try genderCode()
        case .personPostcode: try postcode()
        case .dateAndTime: try dateAndTime()
        case .siteCode: try site().text("value")
        case .siteCodeTypeURI: try site().text("system")
        case .uniqueID: try resource.elements("identifier").first?.text("value") ?? ""
        case .uniqueIDURI: try uniqueIDURI()
        case .actionFlag: ""
        case .performingProfessionalForename: try practitionerName().given
        case .performingProfessionalSurname: try practitionerName().family
        case .recordedDate: try resource.date("recorded")
        case .primarySource: resource["primarySource"]?.bool.map { $0 ? "TRUE" : "FALSE" } ?? ""
        case .vaccinationProcedureCode: try procedure().snomedCoding()?.text("code") ?? ""
        case .vaccinationProcedureTerm: try procedure().term()
        case .doseSequence: try resource.elements("protocolApplied").first?.digits("doseNumberPositiveInt") ?? ""
        case .vaccineProductCode: try resource.element("vaccineCode").snomedCoding()?.text("code") ?? ""
        case .vaccineProductTerm: try resource.element("vaccineCode").term()
        case .vaccineManufacturer: try resource.element("manufacturer").text("display")
        case .batchNumber: try resource.text("lotNumber")
        case .expiryDate: try resource.date("expirationDate")
        case .siteOfVaccinationCode: try resource.element("site").snomedCoding()?.text("code") ?? ""
        case .siteOfVaccinationTerm: try resource.element("site").term()
        case .routeOfVaccinationCode: try resource.element("route").snomedCoding()?.text("code") ?? ""
        case .routeOfVaccinationTerm: try resource.element("route").term()
        case .doseAmount: try resource.element("doseQuantity").digits("value")
        case .doseUnitCode: try doseUnitCode()
        case .doseUnitTerm: try resource.element("doseQuantity").text("unit")
        case .indicationCode: try indicationCode()
        case .locationCode: try location("value", default: "X99999")
        case .locationCodeTypeURI: try location("system", default: FHIRSystem.odsCode)
        }
    }
}
