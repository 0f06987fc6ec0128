import Events
import Feeds
import FHIR
import Messages
import Vaccination
import WebAPI

/// Holds what arrived against the truth the sample feeds were made from.
struct DemoChecks {
    private let feeds: SampleFeeds
    /// Each check with what is wrong; nothing where all is right.
    private(set) var results: [(name: String, problems: [String])] = []

    init(feeds: SampleFeeds) { self.feeds = feeds }

    var isFine: Bool { results.allSatisfy(\.problems.isEmpty) }

    /// Every row of a file had the outcome it must have, and every wrong row was reported with column and code.
    mutating func check(_ feed: FeedView, against file: SampleFile, rejected: [RowReportView]) {
        var problems: [String] = []
        let expected = file.rows.count { $0.outcome.isAccepted }
        if feed.status != "Processed" { problems.append("status \(feed.status)") }
        if feed.accepted != expected { problems.append("\(feed.accepted) rows accepted, not \(expected)") }
        let reported = Set(
            rejected.flatMap { row in row.findings.map { "row \(row.row) \($0.column ?? "-") \($0.code)" } }
        )
        let wrong = Set(
            file.rows.compactMap { row -> String? in
                guard case .rejected(let column, let kind) = row.outcome else { return nil }
                return "row \(row.number) \(column.rawValue) \(kind)"
            }
        )
        problems += wrong.subtracting(reported).map { "not reported: \($0)" }
        problems += reported.subtracting(wrong).map { "reported, but right: \($0)" }
        results.append(("\(file.name): every row has its outcome", problems))
    }

    /// Every practice got its patients' events: each once, numbered without gaps, in order per record.
    mutating func checkPractices(_ ledger: NotificationLedger) {
        var problems = numbering(ledger)
        let received = Dictionary(grouping: ledger.received.filter { $0.endpoint.hasPrefix("/gp/") }, by: \.endpoint)
        for practice in feeds.practices {
            let expected = feeds.events.filter { $0.practiceCode == practice.code }
            problems += differences(received["/gp/\(practice.code)"] ?? [], expected).map { "\(practice.code): \($0)" }
        }
        results.append(("GP practices got every event of their patients once and in order", problems))
    }

    /// Every practice got its patients' events as documents: each once, in a chain by record, a deletion as a withdrawal.
    mutating func checkDocuments(_ ledger: LetterLedger) {
        let letters = ledger.letters(of: DemoMESH.practiceWorkflow)
        var problems = letters.contains { $0.document == nil } ? ["a message without a document"] : []
        let documents = letters.compactMap(\.document)
        if Set(documents.map(\.messageID)).count != documents.count { problems.append("a message came twice") }
        for practice in feeds.practices {
            let received = letters.filter { $0.odsCode == practice.code }.compactMap(\.document)
            let chains = Dictionary(grouping: received, by: \.record)
            let expected = Dictionary(grouping: feeds.events.filter { $0.practiceCode == practice.code }, by: \.key.id)
            problems += sequences(
                chains.mapValues { $0.map(\.text) },
                expected.mapValues { events in
                    events.enumerated().map { place, event in
                        let first = place == 0 ? "new" : "replacing"
                        return "\(event.outcome == .deleted ? "withdrawn" : first) version \(place + 1)"
                    }
                }
            ).map { "\(practice.code): \($0)" }
            for chain in chains.values
            where zip(chain, chain.dropFirst()).contains(where: { $0.composition != $1.replaces }) {
                problems.append("\(practice.code): a document replaces another than the one before it")
            }
        }
        results.append(("GP practices got every event of their patients as a document, once and in order", problems))
    }

    /// Every document is known to have been filed by its practice (`gp-digital-medicine.md` TG-14).
    mutating func checkAnswers(_ counts: [String: Int]) {
        let expected = feeds.events.count { $0.practiceCode != nil }
        let problems = counts == ["filed": expected] ? [] : ["documents: \(counts), not \(expected) filed"]
        results.append(("GP practices answered every document, and the hub knows that it was filed", problems))
    }

    /// Child health got the events of the children of its area's practices.
    mutating func checkChildHealth(_ ledger: LetterLedger) {
        let letters = ledger.letters(of: DemoMESH.eventWorkflow)
        let area = Set(feeds.practices.filter { $0.subLocationCode == DemoMESH.childHealth.odsCode }.map(\.code))
        let children = Set(feeds.patients.filter(\.isChild).map(\.nhsNumber))
        let expected = feeds.events.filter { event in
            event.practiceCode.map(area.contains) == true && event.nhsNumber.map(children.contains) == true
        }
        var problems = sequences(
            Dictionary(grouping: letters.compactMap(\.event), by: \.record).mapValues { $0.map(\.type) },
            Dictionary(grouping: expected, by: \.key.id).mapValues { $0.map { $0.outcome.feedAction.lowercased() } }
        )
        if letters.contains(where: { $0.event == nil }) { problems.append("a message without an event") }
        results.append(("child health got every event of its area's children, once and in order", problems))
    }

    /// The subscriber got every event of a known patient.
    mutating func checkSubscriber(_ ledger: NotificationLedger) {
        let received = ledger.received.filter { $0.endpoint == "/subscriber" }
        let expected = feeds.events.filter { $0.nhsNumber != nil }
        results.append(
            ("the subscriber got every event once and in order", numbering(ledger) + differences(received, expected))
        )
    }

    /// The national feed holds every event as a row, in order, under manifests that agree with the files.
    mutating func checkNationalFeed(_ reader: FeedRunReader) throws {
        let manifests = try reader.manifests()
        var problems = try reader.verify(manifests).map(\.description)
        var rows: [String: [String]] = [:]
        for manifest in manifests {
            try reader.forEachRow(of: manifest) { row in
                rows[row.record.string(.uniqueID), default: []].append(row.action.rawValue)
            }
        }
        let expected = Dictionary(grouping: feeds.events, by: \.key.id).mapValues { $0.map(\.outcome.feedAction) }
        problems += sequences(rows, expected)
        results.append(("the National Immunisation Service got every event as a row, in order", problems))
    }

    /// The history of every patient shows exactly the live records.
    mutating func checkHistory(at hub: HubClient) async throws {
        var problems: [String] = []
        let expected = Dictionary(grouping: feeds.liveRecords.filter { $0.nhsNumber != nil }) { $0.nhsNumber ?? "" }
        for patient in feeds.patients {
            let bundle = try await hub.history(nhsNumber: patient.nhsNumber)
            let resources = (bundle["entry"]?.array ?? []).compactMap { $0["resource"] }
            let found = resources.filter { $0["resourceType"]?.string == "Immunization" }.map { resource in
                let id = resource["identifier"]?[0]?["value"]?.string ?? "-"
                return "\(id) version \(resource.at("meta", "versionId")?.string ?? "-")"
            }
            let live = (expected[patient.nhsNumber] ?? []).map { "\($0.key.id) version \($0.version)" }
            if found.sorted() != live.sorted() {
                problems.append("a patient has \(found.count) records, not \(live.count)")
            }
        }
        results.append(("the history of every patient shows what was fed", problems))
    }

    private func numbering(_ ledger: NotificationLedger) -> [String] {
        ledger.gaps == 0 && ledger.duplicates == 0
            ? [] : ["\(ledger.gaps) numbers missing, \(ledger.duplicates) events repeated"]
    }

    private func differences(_ received: [NotificationLedger.Received], _ expected: [SampleEvent]) -> [String] {
        sequences(
            Dictionary(grouping: received, by: \.identifierValue).mapValues { events in
                events.map { "\($0.method) version \($0.version ?? 0)" }
            },
            Dictionary(grouping: expected, by: \.key.id).mapValues { events in
                events.map { "\($0.outcome.method) version \($0.version)" }
            }
        )
    }

    /// What two sets of per-record sequences differ in.
    private func sequences(_ found: [String: [String]], _ expected: [String: [String]]) -> [String] {
        let differing = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
        return differing.sorted().map { "record \($0): \(found[$0] ?? []), not \(expected[$0] ?? [])" }
    }
}

extension SamplePatient {
    /// Whether somebody is a child of the age that the sample's child health service asks for.
    fileprivate var isChild: Bool { cohort == .infant || cohort == .toddler }
}

extension ReceivedDocument {
    fileprivate var text: String {
        let kind = isWithdrawal ? "withdrawn" : replaces == nil ? "new" : "replacing"
        return "\(kind) version \(version)"
    }
}

extension SampleOutcome {
    /// How a subscriber who has seen everything before sees it.
    fileprivate var method: String {
        switch self {
        case .created, .reinstated: EventShape.post.method
        case .updated: EventShape.put.method
        case .deleted: EventShape.delete.method
        case .rejected: "-"
        }
    }

    /// How the feed's rows call it (N-02).
    fileprivate var feedAction: String {
        switch self {
        case .created: ActionFlag.new.rawValue
        case .updated, .reinstated: ActionFlag.update.rawValue
        case .deleted: ActionFlag.delete.rawValue
        case .rejected: "-"
        }
    }
}
