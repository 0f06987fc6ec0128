import EventStream
import Events
import Foundation
import HeraldTestKit
import Kafka
import Postgres
import Store
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(2))) struct DeadEventTests {
    /// D-86: a message that brokers refuse, alone too, holds up nobody but the later ones of its record.
    @Test func anEventThatBrokersRefuseIsSetAsideWithThoseThatFollowIt() async throws {
        try await KafkaWorld.with(["message.max.bytes": "5000"]) { kafka in
            try await kafka.writer.write(records: 0..<20, changesEach: 1)
            try await kafka.writer.write([SampleChange(7)])
            try await kafka.pool.query(
                """
                UPDATE immunization_version SET resource = convert_to('{"resourceType":"Immunization","x":"' || repeat('x', 9000) || '"}', 'UTF8')
                WHERE immunization_id = $1 AND change = 1
                """,
                [.uuid(SampleChange(7).recordID.uuid)]
            )
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await eventually { try await kafka.audit.routedCount() == 19 }
                try await eventually { try await kafka.store.depth().waiting == 0 }
                let dead = try await kafka.store.deadChanges(limit: 10)
                #expect(dead.map(\.key.change) == [1, 2])
                #expect(dead.allSatisfy { $0.key.recordID == SampleChange(7).recordID })
                #expect(dead[0].reason.contains("MSG_SIZE_TOO_LARGE"))
                // Mended; a retry brings it all back, in order.
                try await kafka.pool.query(
                    "UPDATE immunization_version SET resource = $2 WHERE immunization_id = $1 AND change = 1",
                    [.uuid(SampleChange(7).recordID.uuid), .bytes(SampleChange(7).resource(change: 1))]
                )
                let retry = try await DeadEventRetry(store: kafka.store, operatorName: "test").run()
                #expect(retry.published == 2)
                try await kafka.audit.waitUntilRouted()
            }
            try await kafka.audit.check()
            #expect(try await kafka.store.deadCounts() == DeadCounts(messages: 0, changes: 0))
        }
    }

    /// D-86: a broker refuses a whole batch; what was in it with the culprit goes on.
    @Test func aRefusedBatchIsNotASetOfRefusedEvents() async throws {
        try await KafkaWorld.with { kafka in
            try await kafka.writer.write(records: 0..<50, changesEach: 2)
            try kafka.broker.pushRequestErrors(.produce, [.messageTooLarge, .messageTooLarge])
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await kafka.audit.waitUntilRouted()
            }
            try await kafka.audit.check()
            #expect(try await kafka.store.deadCounts().changes == 0)
        }
    }

    /// D-94: a message that could not be read is read again once that is mended, and its event routed once.
    @Test func aMessageThatWasSetAsideCanBeTriedAgain() async throws {
        try await KafkaWorld.with { kafka in
            try await kafka.store.create(.sample())
            try await kafka.writer.write(records: 0..<5, changesEach: 1)
            // A version that reaches the database only later, as after a partial restore.
            let id = SampleChange(3).recordID.uuid
            try await running([kafka.rig.relay(kafka.store)]) {
                try await eventually { try await kafka.store.depth().waiting == 0 }
                try await kafka.pool.query(
                    "CREATE TABLE away AS SELECT * FROM immunization_version WHERE immunization_id = $1",
                    [.uuid(id)]
                )
                try await kafka.pool.query("DELETE FROM immunization_version WHERE immunization_id = $1", [.uuid(id)])
                try await running([kafka.router()]) {
                    try await eventually { try await kafka.store.deadCounts().messages == 1 }
                    try await kafka.pool.query("INSERT INTO immunization_version SELECT * FROM away")
                    let dead = try await kafka.store.deadMessages(after: 0, limit: 10)
                    #expect(dead.first?.unreadable.message.headers.contains { $0.name == "ce_id" } == true)
                    let retry = try await DeadEventRetry(store: kafka.store, operatorName: "test").run(
                        Set(dead.map(\.id))
                    )
                    #expect(retry.published == 1)
                    try await kafka.audit.waitUntilRouted()
                }
            }
            try await kafka.audit.check()
            #expect(try await kafka.store.deadCounts().messages == 0)
        }
    }
}
