import Events
import FHIR
import Vaccination

/// What the service says of one patient.
enum PDSAnswer: Sendable, Hashable {
    case known(PatientDetails)
    /// There is nobody of this number.
    case unknown
    /// Nothing that could be relied on, so it is asked again.
    case unavailable(String)
    /// It was not asked, for the moment.
    case notAsked(String)

    /// Reads an answer to `GET /Patient/{number}`.
    ///
    /// - Parameters:
    ///   - patient: The number that was asked about.
    ///   - status: The HTTP status.
    ///   - body: The body, a Patient or an OperationOutcome.
    ///   - today: The day on which registrations must be valid.
    init(about patient: NHSNumber, status: Int, body: [UInt8], today: CivilDate) {
        let json = try? JSONValue(parsing: body)
        switch status {
        case 200:
            guard let json, json["resourceType"]?.string == "Patient" else {
                self = .unavailable("it answered with something else than a Patient")
                return
            }
            var details = PatientDetails(json, today: today)
            // A superseded number is answered with the record of the new one.
            let current = json["id"]?.string.flatMap { NHSNumber($0) }
            if current != patient { details.supersededBy = current }
            self = .known(details)
        // An invalid record is not given out; nobody is to be told of it (`nems.md` §4.6).
        case 404 where json?.issueCodes.contains("INVALIDATED_RESOURCE") == true:
            self = .known(PatientDetails(isRestricted: true, confidentiality: .invalidated))
        case 400, 404:
            // A proxy or a wrong address says 404 too, and then of everybody.
            let isAnswer = json?["resourceType"]?.string == "OperationOutcome"
            self = isAnswer ? .unknown : .unavailable("it answered \(status) without saying why; check HERALD_PDS_URL")
        case 401, 403: self = .unavailable("it refused the hub (\(status)); check its access token and what it may do")
        default: self = .unavailable("it answered \(status)")
        }
    }
}

extension PatientDetails {
    /// What counts of a PDS Patient (R4) today.
    init(_ patient: JSONValue, today: CivilDate) {
        let practices = (patient["generalPractitioner"]?.array ?? []).compactMap { $0["identifier"] }
        let homes = (patient["address"]?.array ?? []).filter { $0["use"]?.string == "home" }
        let confidentiality = Confidentiality(of: patient)
        self.init(
            practice: practices.first { $0["period"]?.covers(today) ?? true }?["value"]?.string
                .flatMap { ODSCode($0) }?.text,
            birthDate: patient["birthDate"]?.string.flatMap { CivilDate(iso: $0.utf8.span) },
            postcode: homes.first { $0["period"]?.covers(today) ?? true }?["postalCode"]?.string.flatMap {
                Postcode($0)
            },
            isRestricted: confidentiality != .unrestricted,
            confidentiality: confidentiality
        )
    }
}

extension JSONValue {
    /// Whether a FHIR Period includes the day; an end that is absent is open.
    fileprivate func covers(_ day: CivilDate) -> Bool {
        func end(_ name: String) -> CivilDate? { self[name]?.string.flatMap { CivilDate(isoPrefixOf: $0.utf8.span) } }
        return (end("start").map { $0 <= day } ?? true) && (end("end").map { day <= $0 } ?? true)
    }

    /// The codes of an OperationOutcome's issues.
    fileprivate var issueCodes: [String] {
        (self["issue"]?.array ?? []).flatMap { $0.at("details", "coding")?.array ?? [] }.compactMap {
            $0["code"]?.string
        }
    }
}
