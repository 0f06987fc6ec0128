import ArgumentParser
import Events
import FHIR
import Subscriptions
import Vaccination

/// The options that make a subscription's filter.
struct FilterOptions: ParsableArguments {
    @Option(help: "NHS number; may be repeated, as may all filters but --registration, --from and --to.")
    var patient: [String] = []
    @Option(help: "Vaccine type, e.g. FLU.") var vaccineType: [String] = []
    @Option(help: "SNOMED CT code of a disease vaccinated against.") var disease: [String] = []
    @Option(help: "SNOMED CT code of the vaccination procedure.") var procedure: [String] = []
    @Option(help: "Code of the vaccine product (dm+d).") var product: [String] = []
    @Option(help: "completed, not-done or entered-in-error.") var status: [String] = []
    @Option(help: "ODS code of the organisation that vaccinated.") var performer: [String] = []
    @Option(help: "Supplier system that sends records, e.g. EMIS.") var supplier: [String] = []
    @Option(help: "ODS code of the registered practice; the same as --rule GP_GP_GP:CODE.") var practice: [String] = []
    @Option(
        help: """
            A rule of NEMS and the code it compares with, e.g. CHO_GP_CCG:99L; the rules are GP_GP_GP, CHO_GP_CCG, \
            CHO_POSTCODE_CCG, UHV_POSTCODE_LACODE and COUNTRYCODE.
            """
    )
    var rule: [String] = []
    @Option(help: "Postcode area (LS) or district (LS1) of the home.") var postcodeArea: [String] = []
    @Option(help: "registered or unregistered: whether patients have a practice.")
    var registration: SubscriptionFilter.Registration?
    @Option(help: "Completed years when the event happens: lt14, gt60, le, ge or eq; all terms must hold.")
    var age: [String] = []
    @Option(help: "The same on the day of the vaccination.") var ageAtVaccination: [String] = []
    @Option(help: "Vaccinated on this day or later, YYYY-MM-DD.") var from: String?
    @Option(help: "Vaccinated on this day or before, YYYY-MM-DD.") var to: String?
    @Option(help: "recorded, corrected or removed: which events make a record known.") var event: [String] = []

    /// The filter.
    ///
    /// - Parameter types: The vaccine types there are.
    /// - Returns: The filter.
    /// - Throws: ``CommandFailure`` that says which value cannot be used and what it should be.
    func filter(_ types: VaccineTypes) throws -> SubscriptionFilter {
        var filter = SubscriptionFilter(registration: registration)
        filter.patients = try Set(read(patient, "--patient must be a valid NHS number") { NHSNumber($0) })
        filter.kinds = try Set(read(event, "--event must be recorded, corrected or removed") { EventKind(name: $0) })
        filter.ages = try years(age, "--age")
        filter.vaccinationAges = try years(ageAtVaccination, "--age-at-vaccination")
        filter.days = try days()
        filter[.vaccineTypes] = try texts(vaccineType, "is not a vaccine type") { types[$0] != nil }
        filter[.targetDiseases] = try texts(disease, "is not a SNOMED CT code", SNOMEDCode.isConcept)
        filter[.procedures] = try texts(procedure, "is not a SNOMED CT code", SNOMEDCode.isConcept)
        filter[.products] = try texts(product, "is not a SNOMED CT code", SNOMEDCode.isConcept)
        let statuses = ["completed", "not-done", "entered-in-error"]
        filter[.statuses] = try texts(status, "is none of \(statuses.joined(separator: ", "))", statuses.contains)
        filter[.performers] = try texts(performer, Self.noCode, Self.isCode)
        filter[.suppliers] = try texts(supplier, "is not a supplier") { !$0.isEmpty }
        filter[.registeredPractices] = try texts(practice, Self.noCode, Self.isCode)
        filter[.postcodeAreas] = try texts(postcodeArea, "is not a postcode area or district in upper case") {
            Postcode.prefix($0) == $0 && !$0.contains(" ")
        }
        for text in rule { try add(rule: text, to: &filter) }
        return filter
    }

    private func add(rule text: String, to filter: inout SubscriptionFilter) throws {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let rule = GeographyRule(rawValue: parts[0]) else {
            let names = GeographyRule.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure("--rule \(text) must be one of \(names), a colon and a code")
        }
        guard Self.isCode(parts[1]) else { throw CommandFailure("\(parts[1]) \(Self.noCode)") }
        if rule == .homeCountry, !GeographyRule.countries.contains(parts[1]) {
            throw CommandFailure("\(parts[1]) is no country; herald geography load --help lists them")
        }
        filter[rule.clause].insert(parts[1])
    }

    private func years(_ terms: [String], _ option: String) throws -> [Bounds<Int>] {
        let rule = "\(option) must be lt, gt, le, ge or eq and a number of years, e.g. lt14"
        let bounds = try read(terms, rule) { Bounds(years: $0) }
        guard let first = bounds.first else { return [] }
        let all = bounds.dropFirst().reduce(first as Bounds<Int>?) { $0?.intersection($1) }
        guard let all else { throw CommandFailure("no age meets all terms of \(option)") }
        return [all]
    }

    private func days() throws -> [Bounds<CivilDate>] {
        let ends = try [("--from", from), ("--to", to)].map { option, text -> CivilDate? in
            guard let text else { return nil }
            guard let day = CivilDate(iso: text.utf8.span) else {
                throw CommandFailure("\(option) must be a day as YYYY-MM-DD")
            }
            return day
        }
        if from == nil, to == nil { return [] }
        guard let days = Bounds(from: ends[0], through: ends[1]) else {
            throw CommandFailure("--from must not be later than --to")
        }
        return [days]
    }

    private func read<Value>(_ texts: [String], _ rule: String, _ read: (String) -> Value?) throws -> [Value] {
        try texts.map { text in
            guard let value = read(text) else { throw CommandFailure(rule) }
            return value
        }
    }

    private func texts(_ texts: [String], _ fault: String, _ isRight: (String) -> Bool) throws -> Set<String> {
        for text in texts where !isRight(text) { throw CommandFailure("\(text) \(fault)") }
        return Set(texts)
    }

    private static let noCode = "is not an ODS code in upper case"
    private static func isCode(_ text: String) -> Bool { ODSCode(text)?.text == text }
}

extension SubscriptionFilter.Registration: ExpressibleByArgument {}

extension SubscriptionFilter {
    /// The filter in words; patients are only counted.
    var words: String {
        var clauses: [String] = []
        func add(_ name: String, _ values: [String]) {
            if !values.isEmpty { clauses.append("\(name) \(values.joined(separator: " or "))") }
        }
        if !patients.isEmpty { clauses.append(Console.count(patients.count, "patient")) }
        for clause in FilterClause.allCases { add(clause.words, self[clause].sorted()) }
        if let registration { clauses.append("\(registration.rawValue) patients") }
        add("event", kinds.map(\.name).sorted())
        add("age", ages.map(\.words))
        add("age at vaccination", vaccinationAges.map(\.words))
        add("day", days.map(\.words))
        return clauses.isEmpty ? "everything" : clauses.joined(separator: "; ")
    }
}

extension FilterClause {
    /// The clause's name for people.
    fileprivate var words: String {
        switch self {
        case .registeredPractices: "practice"
        case .performers: "performer"
        case .products: "product"
        case .homeAuthorities: "local authority"
        case .practiceSubLocations: "ICB sub-location of the practice"
        case .homeSubLocations: "ICB sub-location of the home"
        case .postcodeAreas: "postcode area"
        case .suppliers: "supplier"
        case .procedures: "procedure"
        case .vaccineTypes: "vaccine type"
        case .targetDiseases: "disease"
        case .homeCountries: "country"
        case .statuses: "status"
        }
    }
}

extension Bounds {
    fileprivate var words: String {
        switch (from, through) {
        case (let from?, let through?) where from == through: "\(from)"
        case (let from?, let through?): "\(from) to \(through)"
        case (let from?, nil): "from \(from)"
        case (nil, let through?): "to \(through)"
        case (nil, nil): "any"
        }
    }
}
