import FHIR
import Vaccination

/// Rows of people who do not exist, as records.
enum SampleRow {
    /// A valid row with every column filled.
    static let full: FlatRecord = FlatRecord(fields: [
        "9991000003", "IVY", "ROWAN", "19540309", "2", "LS8 4ED", "20250114T09153000", "RVVKC", FHIRSystem.odsCode,
        "flu-valid-01", "https://supplier.example.nhs.uk/identifiers/vacc", "NEW", "Sam", "Carter", "20250114", "TRUE",
        "822851000000102", "Seasonal influenza vaccination", "1", "34680411000001107", "Influenza vaccine",
        "Sanofi Pasteur", "BN70421", "20250630", "368208006", "Left upper arm structure", "78421000", "Intramuscular",
        "0.5", "258773002", "Milliliter (qualifier value)", "171279008", "X99999", FHIRSystem.odsCode,
    ])

    /// The full row with some columns changed.
    static func row(_ changes: KeyValuePairs<FeedColumn, String>) -> FlatRecord {
        changes.reduce(into: full) { row, change in row[change.key] = change.value }
    }

    /// A row as a record; missing fields are empty, and what a row check would find is not checked.
    static func record(fields: [String], type: String) -> VaccinationRecord {
        let missing = max(0, FeedColumn.allCases.count - fields.count)
        let fields = fields.prefix(FeedColumn.allCases.count) + Array(repeating: "", count: missing)
        return record(FlatRecord(fields: Array(fields)), type: type)
    }

    static func record(_ flat: FlatRecord, type: String = "FLU") -> VaccinationRecord {
        let identifier = RecordIdentifier(system: flat[.uniqueIDURI], value: flat[.uniqueID])
        return VaccinationRecord(
            flat: flat,
            vaccineType: VaccineTypes.builtIn[type] ?? VaccineType(code: type, targetDiseases: []),
            id: RecordID(identifier),
            nhsNumber: NHSNumber(flat[.nhsNumber]),
            occurrence: flat.withField(.dateAndTime) { FeedDateTime.parse($0) }?.utcMicroseconds ?? 0
        )
    }

    /// The Immunization of a row, without id and version.
    static func immunization(_ flat: FlatRecord) throws -> JSONValue {
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(record(flat), into: &bytes)
        return try JSONValue(parsing: bytes)
    }
}

/// Random numbers that are the same on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
