package import Events
import FHIR
import Foundation
import Postgres
import Subscriptions
import Synchronization
import Vaccination

/// The subscriptions that name no patient, with the generation they belong to (D-93).
struct GenerationIndex: Sendable {
    let generation: Int64
    let index: SubscriptionIndex
    /// By supplier: which of them are not told of its rows (`csv-feed.md` §6).
    let muted: [String: Set<SubscriptionID>]
    /// Whether any supplier's rows are kept from somebody.
    let mutes: Bool
}

/// What is needed to decide about events, read inside the transaction that decides.
struct SliceKnowledge {
    /// The events, with the content of their records where some filter asks for it.
    var events: [VaccinationEvent]
    var patients: [NHSNumber: PatientDetails]
    var matcher: SliceMatcher
    /// By supplier: who is not told of its rows (`csv-feed.md` §6).
    var muted: [String: Set<SubscriptionID>]
}

/// Patients that the directory has not been asked about: they came up only inside the transaction.
struct UnaskedPatients: Error {
    let numbers: Set<NHSNumber>
}

extension PostgresStore {
    /// Which subscriptions would be told of these events now, by what they ask for alone; nothing is written.
    package func matches(of events: [VaccinationEvent]) async throws -> [[EventMatch]] {
        let details = try await directory?.details(of: events.patients)
        return try await pool.withTransaction(readOnly: true) { connection in
            let slice = try await knowledge(of: events, details, on: connection)
            return slice.events.map { event in
                slice.matcher.matches(event, patient: event.attributes.nhsNumber.flatMap { slice.patients[$0] })
            }
        }
    }

    /// Reads what is needed to decide about events.
    ///
    /// - Parameters:
    ///   - events: The events.
    ///   - details: What an outside directory has said of their patients; nil where the directory is our own.
    ///   - asked: The patients it was asked about.
    ///   - holders: Who may be told of them because they hold their records.
    ///   - connection: The transaction's.
    /// - Returns: What is known.
    /// - Throws: ``UnaskedPatients`` when an outside directory has to be asked about more patients first.
    func knowledge(
        of events: [VaccinationEvent],
        _ details: [NHSNumber: PatientDetails]?,
        asked: Set<NHSNumber>? = nil,
        holders: Set<SubscriptionID> = [],
        on connection: PostgresConnection
    ) async throws -> SliceKnowledge {
        let numbers = events.patients
        if let asked, !numbers.isSubset(of: asked) { throw UnaskedPatients(numbers: numbers) }
        try await connection.execute(script: Self.lookUpsOnly)
        let rules = try await currentRules(on: connection)
        let named = try await Self.named(numbers, on: connection)
        let matcher = SliceMatcher(rules: rules.index, named: named)
        var patients = try await details.orElse { try await Self.registrations(of: numbers, on: connection) }
        if matcher.asksForGeography { try await Self.addGeography(to: &patients, on: connection) }
        var events = events
        if matcher.asksForFacts { try await Self.addFacts(to: &events, on: connection) }
        var muted = rules.muted
        if rules.mutes {
            let others = try await Self.muted(among: holders.union(named.subscriptionIDs), on: connection)
            muted.merge(others) { $0.union($1) }
        }
        return SliceKnowledge(events: events, patients: patients, matcher: matcher, muted: muted)
    }

    /// Everything is looked up by key: a plan that was made while a table was small must not stay when it has grown.
    static let lookUpsOnly =
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"

    /// The rules of the current generation: what changed since the generation in memory is read, no more.
    ///
    /// Reading it inside the routing transaction is what makes it safe: an event committed after a subscription's change is
    /// also read after it (D-93).
    private func currentRules(on connection: PostgresConnection) async throws -> GenerationIndex {
        let row = try await connection.query("SELECT number FROM subscription_generation", []).first
        let generation = try row?.decode("number", as: Int64.self) ?? 0
        let known = rules.withLock { $0 }
        if let known, known.generation == generation { return known }
        // A lower one than before is a database that was restored: then nothing that is known counts.
        let base = known.flatMap { $0.generation < generation ? $0 : nil }
        var index = base?.index ?? SubscriptionIndex()
        let changed = try await connection.query(
            """
            SELECT \(Self.subscriptionColumns) FROM subscription s
            WHERE s.generation > 0 AND s.generation > $1 AND (s.recording OR $1 > 0)
            """,
            [.int8(base?.generation ?? 0)]
        )
        for subscription in try changed.map(Self.subscription) {
            if subscription.filter.patients.isEmpty {
                index.update(subscription)
            } else {
                index.remove(subscription.id)
            }
        }
        let lists = try await connection.query("SELECT FROM supplier WHERE do_not_echo_to <> '{}' LIMIT 1")
        let muted = try await lists.isEmpty ? [:] : Self.muted(among: index.subscriptionIDs, on: connection)
        let fresh = GenerationIndex(generation: generation, index: index, muted: muted, mutes: !lists.isEmpty)
        rules.withLock { $0 = fresh }
        return fresh
    }

    /// Of some subscriptions those whose audience or client is on a supplier's list.
    private static func muted(
        among ids: Set<SubscriptionID>,
        on connection: PostgresConnection
    ) async throws -> [String: Set<SubscriptionID>] {
        let rows = try await connection.query(
            """
            SELECT p.name, s.id FROM supplier p
            JOIN subscription s ON s.audience = ANY(p.do_not_echo_to) OR s.client = ANY(p.do_not_echo_to)
            WHERE p.do_not_echo_to <> '{}' AND s.id = ANY($1)
            """,
            [.uuids(ids.map(\.uuid))]
        )
        var muted: [String: Set<SubscriptionID>] = [:]
        for row in rows {
            muted[try row.decode("name", as: String.self), default: []].insert(try row.subscriptionID("id"))
        }
        return muted
    }

    /// One row for each patient a subscription names, with all that is needed to decide; the database keeps them in step
    /// with their subscriptions.
    static let namedQuery =
        "SELECT nhs_number, subscription_id, audience, rest FROM subscription_patient WHERE nhs_number = ANY($1)"

    /// The active subscriptions that name one of these patients: one look-up in an index for all of them.
    private static func named(
        _ numbers: Set<NHSNumber>,
        on connection: PostgresConnection
    ) async throws -> NamedSubscriptions {
        var named = NamedSubscriptions()
        guard !numbers.isEmpty else { return named }
        let rows = try await connection.query(namedQuery, [.int8s(numbers.map(\.stored))])
        named.reserveCapacity(rows.count)
        // What is asked beside the patient is the same in most of them.
        var filters: [String: NamedSubscriptions.FilterID] = [:]
        for row in rows {
            var filter: NamedSubscriptions.FilterID?
            if let rest = try row.decode(3, as: String?.self) {
                let known = try filters[rest] ?? named.add(SubscriptionFilter(json: rest))
                filters[rest] = known
                filter = known
            }
            named.insert(
                SubscriptionID(try row.decode(1, as: UUID.self)),
                try row.require(Subscription.Audience(rawValue: row.decode(2, as: String.self)), "audience"),
                naming: try row.nhsNumber(0),
                filter
            )
        }
        return named
    }

    /// Puts the content of their records to events that came without it.
    private static func addFacts(to events: inout [VaccinationEvent], on connection: PostgresConnection) async throws {
        let missing = events.indices.filter { events[$0].attributes.facts == nil }
        // A few at a time: a resource may be as long as a megabyte.
        for start in stride(from: 0, to: missing.count, by: 100) {
            let part = missing[start..<min(start + 100, missing.count)]
            let rows = try await connection.query(
                """
                SELECT k.place, c.resource FROM unnest($1::uuid[], $2::int[], $3::int[]) AS k (record_id, change, place)
                JOIN immunization_version v ON v.immunization_id = k.record_id AND v.change = k.change
                JOIN immunization_version c ON c.immunization_id = k.record_id AND c.change = v.content_change
                """,
                [
                    .uuids(part.map { events[$0].recordID.uuid }), .int4s(part.map { events[$0].change }),
                    .int4s(part.map { Int32($0) }),
                ]
            )
            for row in rows {
                let resource = try JSONValue(parsing: row.decode("resource", as: [UInt8].self))
                events[try row.decode("place", as: Int.self)].attributes.facts = VaccinationFacts(resource)
            }
        }
    }
}

extension [VaccinationEvent] {
    /// The patients the events are about.
    var patients: Set<NHSNumber> { Set(compactMap(\.attributes.nhsNumber)) }
}

extension SubscriptionFilter {
    /// A filter as it is stored.
    init(json: String) throws {
        self = try JSONDecoder().decode(SubscriptionFilter.self, from: Data(json.utf8))
    }

    /// The filter as it is stored.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

extension Optional {
    /// The value, or what is made in its place.
    fileprivate func orElse(_ make: () async throws -> Wrapped) async rethrows -> Wrapped {
        switch self {
        case let value?: value
        case nil: try await make()
        }
    }
}
