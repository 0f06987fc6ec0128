import EventStream
package import Events
package import Foundation
import Kafka
import Logging
package import ServiceLifecycle
package import Store

/// An event log to be held against ``EventLogConformance``, on a store of the caller's.
package struct EventLogRig: Sendable {
    /// The logs there are.
    package enum Kind: Sendable, Hashable {
        case embedded
        /// On librdkafka's in-process broker, with a relay.
        case kafka
        /// On a real cluster, with a relay.
        case cluster(bootstrapServers: String)
    }

    /// Which it is.
    package let kind: Kind
    /// What carries changes from the outbox into the log; none where the outbox is the log.
    package let carriers: [any Service]
    /// A reader of its own, as another process has; the id names it in leases.
    package let makeRouter: @Sendable (UUID, any RoutingStore, PostgresStore) -> any Service
    /// Does to a slice that somebody else holds what the next holder of its source would do.
    package let takeOver: @Sendable (EventSlice, PostgresStore) async throws -> SliceOutcome

    /// Lends a log of that kind.
    ///
    /// - Parameters:
    ///   - kind: Which log.
    ///   - store: The database it stands on.
    ///   - sliceLimit: Events in one transaction at most.
    ///   - body: What to do with the log.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws.
    package static func with<Value: Sendable>(
        _ kind: Kind,
        on store: PostgresStore,
        sliceLimit: Int = 50,
        _ body: (EventLogRig) async throws -> Value
    ) async throws -> Value {
        switch kind {
        case .embedded: return try await body(embedded(sliceLimit: sliceLimit))
        case .kafka:
            let broker = try InProcessBroker()
            defer { broker.close() }
            return try await body(kafka(try KafkaRig(broker, sliceLimit: sliceLimit), .kafka, store: store))
        case .cluster(let servers):
            return try await KafkaRig.with(realServers: servers, sliceLimit: sliceLimit) { rig in
                try await body(kafka(rig, kind, store: store))
            }
        }
    }

    private static func embedded(sliceLimit: Int) -> EventLogRig {
        EventLogRig(
            kind: .embedded,
            carriers: [],
            makeRouter: { owner, routing, store in
                let log = EmbeddedEventLog(store: store, sliceLimit: sliceLimit, owner: owner, logger: .silent)
                return router(log, routing)
            },
            takeOver: { slice, store in try await store.route(slice) }
        )
    }

    private static func kafka(_ setup: KafkaRig, _ kind: Kind, store: PostgresStore) -> EventLogRig {
        EventLogRig(
            kind: kind,
            carriers: [setup.relay(store)],
            makeRouter: { _, routing, store in router(setup.log(store), routing) },
            takeOver: { slice, store in
                guard case .partition(let topic, let partition, _, let first, let next, let mark) = slice.position
                else {
                    return .fenced
                }
                let claimed = try await store.claim(topic: topic, partitions: [partition], initial: 0)
                let position = LogPosition.partition(
                    topic: topic,
                    partition: partition,
                    epoch: claimed[0].epoch,
                    first: first,
                    next: next,
                    mark: mark
                )
                return try await store.route(EventSlice(events: slice.events, position: position))
            }
        )
    }

    private static func router(_ log: some EventLog, _ routing: any RoutingStore) -> any Service {
        Router(log: log, store: AnyRoutingStore(routing: routing), logger: .silent)
    }
}

/// Routes into whichever store it is given.
private struct AnyRoutingStore: RoutingStore {
    let routing: any RoutingStore

    func route(_ slice: EventSlice) async throws -> SliceOutcome { try await routing.route(slice) }
}
