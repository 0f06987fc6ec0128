/// Makes the fields of rows that every check passes.
struct SampleRowMaker: Sendable {
    let vaccine: SampleVaccine
    let today: SampleDay

    static let odsCodeURI = "https://fhir.nhs.uk/Id/ods-organization-code"
    static let schoolNumberURI = "https://fhir.hl7.org.uk/Id/urn-school-number"
    static let millilitre = SampleCode("258773002", "Milliliter (qualifier value)")
    static let intramuscular = SampleCode("78421000", "Intramuscular")

    /// A new record: the person has got this dose on `day`.
    func newRow(
        nhsNumber: String?,
        person: SamplePerson,
        dose: Int,
        on day: SampleDay,
        random: inout SampleRandom
    ) -> SampleFields {
        var fields = SampleFields()
        fields[.nhsNumber] = nhsNumber ?? ""
        fields[.forename] = person.forename
        fields[.surname] = person.surname
        fields[.birthDate] = person.birthDate.compact
        fields[.gender] = person.genderCode
        fields[.postcode] = person.postcode
        fields[.uniqueID] = uniqueID(random: &random)
        fields[.uniqueIDURI] = vaccine.uniqueIDURI
        fields[.actionFlag] = "new"
        setEncounter(of: &fields, on: day, random: &random)
        setSubstance(of: &fields, dose: dose, on: day, random: &random)
        return fields
    }

    /// The same record corrected, as a site does it: complete, with one thing changed.
    func correction(of fields: SampleFields, random: inout SampleRandom) -> SampleFields {
        var corrected = fields
        corrected[.actionFlag] = "update"
        switch random.below(4) {
        case 0: corrected[.batchNumber] = batchNumber(random: &random)
        case 1: corrected[.surname] = random.pick(SampleNames.surnames.filter { $0 != fields[.surname] })
        case 2: corrected[.primarySource] = fields[.primarySource] == "TRUE" ? "FALSE" : "TRUE"
        default: corrected[.indication] = "134436002"
        }
        return corrected
    }

    /// A deletion: of every second one the site sends the identifier alone, which is enough (csv-feed §4).
    func deletion(of fields: SampleFields, random: inout SampleRandom) -> SampleFields {
        var deletion = fields
        if random.chance(50) {
            deletion = SampleFields()
            deletion[.uniqueID] = fields[.uniqueID]
            deletion[.uniqueIDURI] = fields[.uniqueIDURI]
        }
        deletion[.actionFlag] = "delete"
        return deletion
    }

    /// An identifier of the shape of a random UUID.
    func uniqueID(random: inout SampleRandom) -> String {
        let digits = [random.next(), random.next()].map { value in
            let hexadecimal = String(value, radix: 16)
            return String(repeating: "0", count: 16 - hexadecimal.count) + hexadecimal
        }
        let (high, low) = (digits[0], digits[1])
        return "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-4\(high.suffix(3))-a\(low.prefix(3))-\(low.suffix(12))"
    }

    private func setEncounter(of fields: inout SampleFields, on day: SampleDay, random: inout SampleRandom) {
        let site = random.pick(SampleNames.sites)
        let professional = random.pick(SampleNames.professionals)
        let time = 80_000 + random.below(10) * 10_000 + random.below(60) * 100 + random.below(60)
        fields[.dateAndTime] = "\(day.compact)T\(time < 100_000 ? "0" : "")\(time)\(day.offset)"
        fields[.siteCode] = site
        fields[.siteCodeType] = Self.odsCodeURI
        fields[.professionalForename] = professional.forename
        fields[.professionalSurname] = professional.surname
        fields[.recordedDate] = min(day + random.below(3), today - 1).compact
        fields[.primarySource] = random.chance(90) ? "TRUE" : "FALSE"
        switch random.below(10) {
        case 0..<4: (fields[.locationCode], fields[.locationCodeType]) = ("X99999", Self.odsCodeURI)
        case 4 where vaccine.cohorts.contains(.toddler):
            (fields[.locationCode], fields[.locationCodeType]) = (
                "\(100_000 + random.below(49_999))", Self.schoolNumberURI
            )
        default: (fields[.locationCode], fields[.locationCodeType]) = (site, Self.odsCodeURI)
        }
    }

    private func setSubstance(of fields: inout SampleFields, dose: Int, on day: SampleDay, random: inout SampleRandom) {
        let procedure = vaccine.procedure(dose: dose)
        let product = random.pick(vaccine.products)
        let bodySite = random.pick(vaccine.bodySites)
        (fields[.procedureCode], fields[.procedureTerm]) = (procedure.code, procedure.term)
        fields[.doseSequence] = random.chance(95) ? String(dose) : ""
        (fields[.productCode], fields[.productTerm]) = (product.code, product.term)
        fields[.manufacturer] = product.manufacturer
        fields[.batchNumber] = batchNumber(random: &random)
        fields[.expiryDate] = (day + random.within(60...420)).compact
        (fields[.bodySiteCode], fields[.bodySiteTerm]) = (bodySite.code, bodySite.term)
        (fields[.routeCode], fields[.routeTerm]) = (Self.intramuscular.code, Self.intramuscular.term)
        fields[.doseAmount] = vaccine.doseAmount
        (fields[.doseUnitCode], fields[.doseUnitTerm]) = (Self.millilitre.code, Self.millilitre.term)
        fields[.indication] = random.pick(SampleNames.indications)
    }

    private func batchNumber(random: inout SampleRandom) -> String {
        random.pick(["AB", "CE", "FK", "GX", "HN", "LT", "PR", "UV"]) + String(10_000 + random.below(90_000))
    }
}
