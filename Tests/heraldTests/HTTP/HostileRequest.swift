import Vaccination
import FHIR
import HeraldTestKit

/// A request that nobody means well with, out of random numbers.
struct HostileRequest {
    let bytes: [UInt8]
    /// Whether less comes than the request promises.
    let isCutOff: Bool

    private static let id = SampleImmunization.id("FLU-0001").description
    private static let junk = [
        "", " ", "%", "%00", "%ff", "%C3%28", "é", "\u{1F600}", "..", "../../etc/passwd",
        "'; DROP TABLE immunization; --",
        "1", "-1", "0", "99999999999999999999999", "NaN", "null", "a,b,c", ",", "|", "||", "\\,", "\\|", "$", "true",
        "2021-02-29", "2021-02-07T13:28:17+00:00", "gt2021", "eb", "9999-12-31", "0000-00-00", "Patient/9990548609",
        "https://fhir.nhs.uk/Id/nhs-number|9990548609", "https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990548609",
        "http://snomed.info/sct|6142004", "FLU", "FLU,COVID", "flu", "*", "Immunization:patient", "id,meta",
        "completed",
    ]
    private static let parameters = [
        "patient.identifier", "patient:identifier", "patient", "-immunization.target", "immunization.target",
        "target-disease", "identifier", "_elements", "-date.from", "-date.to", "date", "status", "vaccine-code", "_id",
        "_include", "_count", "_sort", "_lastUpdated", "_summary", "_total", "_format", "_pretty", "_before", "_since",
        "date:missing", "status:not", "_cursor", "page", "cursor", "procedure-code:below", "access_token", "x",
    ]
    private static let methods = [
        "GET", "GET", "GET", "POST", "POST", "PUT", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "PROPFIND", "get",
        "FOO",
    ]
    private static let headers: [(String, [String])] = [
        (
            "Accept",
            [
                "application/fhir+json", "*/*", "text/html", ";", "application/json;version=2", ",,,", "a/b;q=x", "\"",
                "/",
            ]
        ),
        (
            "Content-Type",
            [
                "application/fhir+json", "application/json", "application/x-www-form-urlencoded", "text/plain", "",
                "application/json; charset=utf-16", ";;;=", "multipart/form-data; boundary=",
            ]
        ),
        ("E-Tag", ["1", "2", "0", "-1", "W/\"1\"", "99999999999999999999", "x", ""]),
        ("If-Match", ["W/\"1\"", "\"1\"", "*", "W/", "W/\"", "1, 2", "\u{1F600}", ""]),
        ("If-None-Match", ["W/\"1\"", "*", ",", "\"", "W/\"1\"," + String(repeating: "\"x\",", count: 300)]),
        ("X-Request-ID", ["60E0B220-8136-4CA5-AE46-1D97EF59D068", "17", "", String(repeating: "f", count: 3000)]),
        ("X-Correlation-ID", ["a", "é", "\t", String(repeating: "c", count: 300)]),
        (
            "Prefer",
            ["return=representation", "return=OperationOutcome", "handling=strict", "return", "=", ";,;", "\""]
        ),
        ("Content-Encoding", ["gzip", "identity", "br", ""]),
        ("Expect", ["100-continue", "200-ok"]),
        ("NHSD-Session-URID", ["1", "x", ""]),
        ("Range", ["bytes=0-", "bytes=9-1"]),
        ("Cookie", ["a=b"]),
        ("X-Long", [String(repeating: "x", count: 9000)]),
        ("Authorization", ["Bearer", "Basic YTpi", "Bearer a.b.c", "Bearer é", ""]),
    ]

    init(
        bearers: [String],
        mutator: ImmunizationMutator,
        using random: inout SplitMix
    ) {
        var head = "\(random.pick(Self.methods)) \(Self.target(using: &random)) HTTP/1.1\r\nHost: localhost\r\n"
        if random.chance(95) { head += "Authorization: \(random.pick(bearers))\r\n" }
        var names: Set<String> = []
        for _ in 0..<random.number(in: 0...4) {
            let (name, values) = random.pick(Self.headers)
            names.insert(name)
            head += "\(name): \(random.pick(values))\r\n"
        }
        // Half of the bodies are to get as far as the rules.
        if !names.contains("Content-Type"), random.chance(80) { head += "Content-Type: application/fhir+json\r\n" }
        if !names.contains("E-Tag"), random.chance(50) { head += "E-Tag: 1\r\n" }
        let body = Self.body(mutator, using: &random)
        isCutOff = random.chance(3)
        head += "Connection: close\r\n"
        head += Self.framing(body, isCutOff: isCutOff, using: &random)
        bytes = Array(head.utf8) + body
    }

    private static func framing(_ body: [UInt8], isCutOff: Bool, using random: inout SplitMix) -> String {
        if isCutOff { return "Content-Length: \(body.count + random.number(in: 1...500))\r\n\r\n" }
        return random.chance(2)
            ? "Content-Length: \(random.pick(["x", "-1", "1\r\nContent-Length: 2"]))\r\n\r\n"
            : "Content-Length: \(body.count)\r\n\r\n"
    }

    private static func body(_ mutator: ImmunizationMutator, using random: inout SplitMix) -> [UInt8] {
        switch random.number(in: 0...9) {
        case 0: []
        case 1: Array(query(using: &random).utf8)
        case 2: (0..<random.number(in: 1...2000)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        case 3:
            [UInt8](
                repeating: random.pick(Array("[{\"9".utf8)),
                count: random.pick([10, 5_000, 1 << 20, (1 << 20) + 1])
            )
        default: mutator.document(using: &random)
        }
    }

    private static func target(using random: inout SplitMix) -> String {
        let base = "/FHIR/R4/Immunization"
        let record = base + "/" + random.pick([id, id, id, "x", "unknown", junk.randomElement(using: &random) ?? ""])
        let path = random.pick([
            base, base, base, base + "/_search", record, record, record, record + "/_history",
            record + "/_history/" + random.pick(["1", "2", "0", "x", "-1", "99999999999999"]), "/FHIR/R4/metadata",
            "/FHIR/R4/AuditEvent", "/immunisation-history/FHIR/R4/Immunization", "/FHIR/R4/" + random.pick(junk),
            "//", "/", "/FHIR/R4/Immunization//", "*", "http://localhost/FHIR/R4/Immunization",
        ])
        let wanted = random.chance(60) ? path + "?" + query(using: &random) : path
        // A space or a control character would end the target; a server has to live with that now and then.
        return random.chance(97) ? wanted.replacing(" ", with: "%20") : wanted
    }

    private static func query(using random: inout SplitMix) -> String {
        (0..<random.number(in: 0...5)).map { _ in
            let name = random.chance(90) ? random.pick(parameters) : random.pick(junk)
            let value =
                random.chance(97) ? random.pick(junk) : String(repeating: random.pick(["a", ",", "%2C"]), count: 2000)
            return random.chance(95) ? name + "=" + value : name
        }.joined(separator: random.pick(["&", "&", "&", "&&", ";"]))
    }
}
