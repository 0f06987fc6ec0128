import FHIR
import Foundation

extension VaccineTypes {
    /// Reads the types from a configuration file.
    ///
    /// The file is an object with `vaccineTypes`, each with a `type` code and its `targetDiseases` (`code`,
    /// `display`) in output order. Further members are ignored.
    package init(json bytes: [UInt8]) throws(VaccinationError) {
        let file: JSONValue
        do { file = try JSONValue(parsing: bytes) } catch { throw .json(error) }
        guard let entries = file["vaccineTypes"]?.array, !entries.isEmpty else { throw .noVaccineTypes }
        var types: [VaccineType] = []
        for (index, entry) in entries.enumerated() {
            guard let type = VaccineType(json: entry) else { throw .incompleteVaccineType(index: index) }
            types.append(type)
        }
        try self.init(types)
    }
}

extension VaccineType {
    fileprivate init?(json: JSONValue) {
        guard let code = json["type"]?.string, !code.isEmpty else { return nil }
        let diseases = json["targetDiseases"]?.array ?? []
        let read = diseases.compactMap { disease -> Disease? in
            guard let code = disease["code"]?.string, let display = disease["display"]?.string else { return nil }
            return Disease(code: code, display: display)
        }
        guard !read.isEmpty, read.count == diseases.count else { return nil }
        self.init(code: code, targetDiseases: read)
    }
}

extension VaccineTypes {
    /// The types as ``init(json:)`` reads them; further members of the file they came from are not kept.
    package var json: [UInt8] {
        get throws {
            let file = VaccineTypesFile(
                vaccineTypes: all.map { type in
                    VaccineTypesFile.Entry(
                        type: type.code,
                        targetDiseases: type.targetDiseases.map { .init(code: $0.code, display: $0.display) }
                    )
                }
            )
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(file))
        }
    }
}

/// The file's shape.
private struct VaccineTypesFile: Encodable {
    struct Entry: Encodable {
        let type: String
        let targetDiseases: [DiseaseEntry]
    }

    struct DiseaseEntry: Encodable {
        let code, display: String
    }

    let vaccineTypes: [Entry]
}
