import EventStream
import Events
import Foundation
import HeraldTestKit
import Kafka
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct EventTopicTests {
    /// The topics that brokers have; `delivery.md` §14 is what they are held against.
    @Test(
        arguments: [
            ([:], []),
            (["cleanup.policy": "delete", "max.message.bytes": "1048588", "retention.ms": "604800000"], []),
            (["retention.ms": "-1"], []),
            (["cleanup.policy": "compact,delete"], ["!cleanup.policy=delete"]),
            (["max.message.bytes": "65536"], ["!max.message.bytes=1048588"]),
            (["retention.ms": "3600000"], ["retention.ms=604800000"]),
            (["retention.bytes": "1000000"], ["retention.bytes=-1"]),
            (["unclean.leader.election.enable": "true"], ["unclean.leader.election.enable=false"]),
            (["min.insync.replicas": "1"], ["min.insync.replicas=2"]),
            (["min.insync.replicas": "4"], ["!min.insync.replicas=3"]),
        ] as [([String: String], [String])]
    )
    func itsSettingsAreHeldAgainstWhatEventsNeed(settings: [String: String], advice: [String]) {
        let topic = KafkaTopicDescription(name: "events", partitions: 24, replication: 3, inSync: 3)
        let findings = EventTopic.findings(topic, settings: settings)
        #expect(findings.map { ($0.isFatal ? "!" : "") + ($0.text.split(separator: " ").last ?? "") } == advice)
        #expect(findings.allSatisfy { $0.text.contains("--entity-name events") })
    }

    @Test func aTopicWithAnotherNumberOfPartitionsThanBeforeIsRefused() async throws {
        try await KafkaWorld.with { kafka in
            let admin = try KafkaAdmin(configuration: kafka.rig.configuration, logger: .silent)
            try await kafka.rig.topic.open(with: admin, register: kafka.store)
            try await kafka.rig.topic.open(with: admin, register: kafka.store)
            let broker = try InProcessBroker()
            defer { broker.close() }
            try broker.createTopic(kafka.rig.topic.name, partitions: 6)
            let other = try KafkaAdmin(
                configuration: KafkaConfiguration(bootstrapServers: broker.bootstrapServers),
                logger: .silent
            )
            let error = await #expect(throws: EventLogMismatch.self) {
                try await kafka.rig.topic.open(with: other, register: kafka.store)
            }
            #expect(error?.description.contains("6 partitions now") == true)
            #expect(error?.description.contains("herald events switch kafka") == true)
        }
    }

    /// Where brokers do not tell a topic's settings, that is said and nothing else happens, soon.
    @Test func aBrokerThatDoesNotTellSettingsIsNoObstacle() async throws {
        try await KafkaWorld.with { kafka in
            let admin = try KafkaAdmin(configuration: kafka.rig.configuration, logger: .silent)
            let took = try await ContinuousClock().measure {
                let findings = try await kafka.rig.topic.findings(with: admin)
                #expect(findings.map(\.isFatal) == [false])
            }
            #expect(took < .seconds(5))
        }
    }

    @Test(.enabled(if: KafkaRig.realServers != nil, "HERALD_KAFKA_BOOTSTRAP_SERVERS is not set"))
    func aRealClustersTopicIsMadeAsEventsNeedIt() async throws {
        try await KafkaRig.with(realServers: KafkaRig.realServers ?? "") { rig in
            let admin = try KafkaAdmin(configuration: rig.configuration, logger: .silent)
            #expect(try await admin.topicDescription(rig.topic.name)?.partitions == 4)
            let settings = try await admin.topicSettings(rig.topic.name)
            #expect(settings["retention.ms"] == "604800000")
            #expect(settings["cleanup.policy"] == "delete")
            #expect(try await rig.topic.findings(with: admin).filter(\.isFatal).isEmpty)
        }
    }

    /// `herald replay --partition` must find a key where producers put it.
    @Test func aKeysPartitionIsTheOneThatProducersChoose() async throws {
        try await KafkaWorld.with { kafka in
            let producer = try KafkaProducer(configuration: kafka.rig.configuration, logger: .silent)
            for number in 0..<200 {
                let record = SampleChange(number).recordID
                let message = KafkaMessage(topic: kafka.rig.topic.name, key: Array(record.description.utf8), value: [])
                let stored = try await producer.send(message)
                #expect(stored.partition == KeyPartition.of(record, count: 4))
            }
            await producer.close(grace: .seconds(1))
        }
    }
}
