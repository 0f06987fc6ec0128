import HeraldTestKit
import Feeds
import Vaccination

/// A row that keeps every rule, and what it must come back as from its Immunization (immunization-mapping.md §6).
struct GeneratedRow {
    /// The fields as they are sent.
    var sent: FlatRecord
    /// The fields as the Immunization gives them back.
    var expected: FlatRecord

    /// A row with every column drawn anew: forms, presence, lengths and characters.
    init(using random: inout SplitMix) {
        var sent: [String] = []
        var expected: [String] = []
        for column in FeedColumn.allCases {
            let isAbsent = !column.isMandatory && random.chance(30)
            let value = isAbsent ? ("", "") : Self.value(column, using: &random)
            sent.append(value.0)
            expected.append(value.1)
        }
        self.sent = FlatRecord(fields: sent)
        self.expected = FlatRecord(fields: expected)
    }

    /// A good value of a column on the left, and how it comes back on the right.
    private static func value(_ column: FeedColumn, using random: inout SplitMix) -> (String, String) {
        switch column {
        case .nhsNumber: same(nhsNumber(using: &random))
        case .personForename: same(text(upTo: 180, using: &random))
        case .personSurname: same(text(upTo: 35, using: &random))
        case .personDOB: date(years: 1900...2025, using: &random)
        case .recordedDate: date(years: 2020...2025, using: &random)
        case .expiryDate: date(years: 2001...2099, using: &random)
        case .personGenderCode:
            random.pick([
                ("0", "0"), ("1", "1"), ("2", "2"), ("9", "9"), ("male", "1"), ("female", "2"), ("other", "9"),
                ("unknown", "0"),
            ])
        case .dateAndTime: time(using: &random)
        case .actionFlag: random.pick([("NEW", "NEW"), ("new", "NEW"), ("nEw", "NEW")])
        case .primarySource:
            random.pick([("TRUE", "TRUE"), ("true", "TRUE"), ("FALSE", "FALSE"), ("False", "FALSE")])
        case .vaccinationProcedureCode, .vaccineProductCode: same(concept(using: &random))
        case .doseSequence:
            random.pick((1...9).flatMap { [("\($0)", "\($0)"), ("0\($0)", "\($0)")] })
        case .doseAmount: amount(using: &random)
        case .siteOfVaccinationCode, .routeOfVaccinationCode, .doseUnitCode, .indicationCode:
            same(code(using: &random))
        case .personPostcode, .siteCode, .siteCodeTypeURI, .uniqueID, .uniqueIDURI, .performingProfessionalForename,
            .performingProfessionalSurname, .vaccinationProcedureTerm, .vaccineProductTerm, .vaccineManufacturer,
            .batchNumber, .siteOfVaccinationTerm, .routeOfVaccinationTerm, .doseUnitTerm, .locationCode,
            .locationCodeTypeURI:
            same(text(upTo: 60, using: &random))
        }
    }

    private static func same(_ text: String) -> (String, String) { (text, text) }

    private static let scalars: [Unicode.Scalar] = Array(
        "abc XYZ-',.\"\"||;\\/{}[]&<\n\r\t\u{1}\u{7F}\u{85}\u{A0}éßøΩжהع漢\u{301}\u{200D}\u{FEFF}\u{FFFD}€😀💉"
            .unicodeScalars
    )

    /// A text that is not blank, of up to so many characters, in any place of which anything may stand.
    static func text(upTo limit: Int, using random: inout SplitMix) -> String {
        let count = random.chance(5) ? limit : Int.random(in: 1...min(limit, 12), using: &random)
        var text = String.UnicodeScalarView()
        for _ in 0..<count { text.append(random.pick(scalars)) }
        text.replaceSubrange(text.startIndex..<text.index(after: text.startIndex), with: ["x"])
        if random.chance(50), let other = text.indices.randomElement(using: &random) {
            let (first, second) = (text[text.startIndex], text[other])
            text.replaceSubrange(other..<text.index(after: other), with: [first])
            text.replaceSubrange(text.startIndex..<text.index(after: text.startIndex), with: [second])
        }
        return String(text)
    }

    private static func code(using random: inout SplitMix) -> String {
        let words = ["368208006", "2622896019", "ml", "µl", "left", "arm", "x\u{7F}", "1"]
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(words) }.joined(separator: " ")
    }

    private static func nhsNumber(using random: inout SplitMix) -> String {
        while true {
            let prefix = "999" + String(Int.random(in: 100_000...999_999, using: &random))
            let numbers = (0...9).map { prefix + "\($0)" }.filter { NHSNumber($0) != nil }
            if let number = numbers.first { return number }
        }
    }

    private static func concept(using random: inout SplitMix) -> String {
        let length = Int.random(in: 3...15, using: &random)
        var digits = String(Int.random(in: 1...9, using: &random))
        while digits.utf8.count < length { digits += String(Int.random(in: 0...9, using: &random)) }
        digits += random.pick(["00", "10"])
        return (0...9).map { digits + "\($0)" }.first { SNOMEDCode.isConcept($0) } ?? "822851000000102"
    }

    private static func amount(using random: inout SplitMix) -> (String, String) {
        let whole = String(Int.random(in: 0...400, using: &random))
        let decimals = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            String(Int.random(in: 0...9, using: &random))
        }
        .joined()
        return random.pick([
            (whole, whole), ("+\(whole)", whole), ("-\(whole)", "-\(whole)"), ("00\(whole)", whole),
            ("\(whole).\(decimals)", "\(whole).\(decimals)"), (".\(decimals)", "0.\(decimals)"),
            ("-.\(decimals)", "-0.\(decimals)"), ("+0\(whole).\(decimals)", "\(whole).\(decimals)"),
            ("123456789012345678", "123456789012345678"),
        ])
    }

    private static func two(_ number: Int) -> String { String(String(number + 100).suffix(2)) }

    private static func day(years: ClosedRange<Int>, using random: inout SplitMix) -> (year: String, rest: [String]) {
        let year = Int.random(in: years, using: &random)
        let month = Int.random(in: 1...12, using: &random)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let day = random.chance(20) ? days[month - 1] : Int.random(in: 1...days[month - 1], using: &random)
        return (String(year), [two(month), two(day)])
    }

    private static func date(years: ClosedRange<Int>, using random: inout SplitMix) -> (String, String) {
        let (year, rest) = day(years: years, using: &random)
        let compact = year + rest.joined()
        return random.chance(70) ? same(compact) : ("\(year)-\(rest.joined(separator: "-"))", compact)
    }

    private static func time(using random: inout SplitMix) -> (String, String) {
        let (year, rest) = day(years: 1000...2025, using: &random)
        let date = year + rest.joined()
        let isoDate = "\(year)-\(rest.joined(separator: "-"))"
        // The last day of 2025 must not be later than the checker's now, an hour east of it.
        let time = [0...22, 0...59, 0...59].map { two(Int.random(in: $0, using: &random)) }
        let compact = time.joined()
        let iso = time.joined(separator: ":")
        let fraction = random.pick(["", ".5", ".050", ".123456"])
        return random.pick([
            same("\(date)T\(compact)00"), same("\(date)T\(compact)01"), ("\(date)T\(compact)", "\(date)T\(compact)00"),
            ("\(isoDate)T\(iso)\(fraction)+00:00", "\(date)T\(compact)00"),
            ("\(isoDate)T\(iso)\(fraction)+01:00", "\(date)T\(compact)01"), (isoDate, "\(date)T00000000"),
        ])
    }
}

/// Files of generated rows.
enum GeneratedFeed {
    /// The header and rows as a sender may write them: fields quoted where they must be and now and then elsewhere, any
    /// line ends, blank lines between.
    static func bytes(_ rows: [FlatRecord], using random: inout SplitMix) -> [UInt8] {
        var bytes = Array(SampleRow.header.utf8)
        for row in rows {
            bytes += random.pick(["\r\n", "\n", "\r", "\r\n\r\n", "\n\n"]).utf8
            let fields = FeedColumn.allCases.map { field(row.string($0), using: &random) }
            bytes += fields.joined(separator: "|").utf8
        }
        return bytes + random.pick(["", "\n", "\r\n"]).utf8
    }

    private static func field(_ text: String, using random: inout SplitMix) -> String {
        let mustQuote = text.utf8.contains { "|\r\n".utf8.contains($0) } || text.utf8.first == UInt8(ascii: "\"")
        guard mustQuote || random.chance(40) else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            quoted.unicodeScalars.append(contentsOf: scalar == "\"" ? ["\"", "\""] : [scalar])
        }
        return quoted + "\""
    }
}
