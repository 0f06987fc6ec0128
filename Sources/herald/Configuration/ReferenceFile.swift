import Feeds
import Foundation
import Vaccination

/// One file of reference data: a list of suppliers or of vaccine types, told apart by its outermost bracket.
enum ReferenceFile {
    case suppliers(Suppliers)
    case vaccineTypes(VaccineTypes)

    /// - Throws: ``CommandFailure`` that names the file.
    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("\(path) cannot be read")
        }
        do {
            switch data.first(where: { !" \t\r\n".utf8.contains($0) }) {
            case UInt8(ascii: "["): self = .suppliers(try Suppliers(json: data))
            case UInt8(ascii: "{"): self = .vaccineTypes(try VaccineTypes(json: [UInt8](data)))
            default:
                throw CommandFailure(
                    "it must be a JSON array of suppliers, or an object with vaccineTypes; herald reference export shows both"
                )
            }
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
    }
}

extension ReferenceData {
    /// What a new installation begins with: these files, and the built-in tables for what they do not hold.
    init(files: [String]) throws {
        var types: VaccineTypes?
        var suppliers: Suppliers?
        for file in try files.map(ReferenceFile.init(path:)) {
            switch file {
            case .vaccineTypes(let list): types = list
            case .suppliers(let list): suppliers = list
            }
        }
        self.init(vaccineTypes: types, suppliers: suppliers)
        try validate()
    }

    /// Takes the lists of files in place of those that are there.
    mutating func take(_ files: [ReferenceFile]) {
        for file in files {
            switch file {
            case .vaccineTypes(let list): vaccineTypes = list
            case .suppliers(let list): suppliers = list
            }
        }
    }
}
