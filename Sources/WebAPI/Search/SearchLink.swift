import FHIR
import Vaccination

extension ImmunizationQuery {
    /// The parameters as they were understood, percent-encoded: fetched again, they find the same.
    ///
    /// - Parameters:
    ///   - current: The number that counts for the patient.
    ///   - permitted: Those of the vaccine types asked for that the caller may search.
    /// - Returns: The query string.
    func canonical(current: NHSNumber?, permitted: Set<String>) -> String {
        var parameters: [(SearchParameters.Name, String)] = []
        if let types {
            if diseases.isEmpty || types != permitted {
                let shown = types.isEmpty ? [] : permitted.sorted()
                if !shown.isEmpty { parameters.append((.target, shown.joined(separator: ","))) }
            } else {
                let codes = diseases.map { "\(FHIRSystem.snomed)|\(SearchValue.escaped($0))" }
                parameters.append((.disease, codes.joined(separator: ",")))
            }
        }
        parameters += filterParameters.map { ($0.name, $0.value) }
        switch subject {
        case .patient(let number, let name):
            let digits = (current ?? number).digits
            parameters.append((name, name == .patient ? digits : "\(FHIRSystem.nhsNumber)|\(digits)"))
        case .identifier(let identifier, let elements):
            let value = "\(SearchValue.escaped(identifier.system))|\(SearchValue.escaped(identifier.value))"
            parameters.append((.identifier, value))
            if let elements { parameters.append((.elements, elements.joined(separator: ","))) }
        case .ids: break
        }
        return parameters.map { "\(Self.encoded($0.0.rawValue))=\(Self.encoded($0.1))" }.joined(separator: "&")
    }

    /// Percent-encoded but for what RFC 3986 calls unreserved.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
