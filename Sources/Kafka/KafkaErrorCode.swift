import CRdkafka

/// A librdkafka response code: negative ones arise in the client, positive ones come from a broker.
package struct KafkaErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number, as in `rd_kafka_resp_err_t` and, above 0, in the Kafka protocol.
    package let rawValue: Int32

    /// Takes any number; unknown ones have the name `ERR_<number>?`.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ code: rd_kafka_resp_err_t) { rawValue = code.rawValue }

    var response: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue: rawValue) }

    /// The symbol without its prefix, such as `_MSG_TIMED_OUT` or `NOT_LEADER_FOR_PARTITION`.
    package var name: String { String(cString: rd_kafka_err2name(response)) }

    /// librdkafka's sentence for the code.
    package var text: String { String(cString: rd_kafka_err2str(response)) }

    /// Whether the same call may succeed later without anyone changing anything.
    package var isTransient: Bool { Self.transient.contains(self) }

    /// Whether a broker refuses what a message is, not when or where it comes.
    package var isRefusal: Bool { Self.refusals.contains(self) }
}

extension KafkaErrorCode {
    /// No error.
    package static let none = Self(RD_KAFKA_RESP_ERR_NO_ERROR)
    /// The connection to a broker broke or was never made.
    package static let transport = Self(RD_KAFKA_RESP_ERR__TRANSPORT)
    /// A host name did not resolve.
    package static let unresolvedHost = Self(RD_KAFKA_RESP_ERR__RESOLVE)
    /// No broker can be reached at the moment.
    package static let allBrokersDown = Self(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    /// The call did not finish in its time.
    package static let timedOut = Self(RD_KAFKA_RESP_ERR__TIMED_OUT)
    /// A message was not acknowledged within `message.timeout.ms`.
    package static let messageTimedOut = Self(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    /// The local queue of messages to send is full.
    package static let queueFull = Self(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    /// A message was given up by ``KafkaProducer/close(grace:)`` before it was sent.
    package static let purgedInQueue = Self(RD_KAFKA_RESP_ERR__PURGE_QUEUE)
    /// A message was given up by ``KafkaProducer/close(grace:)`` while a broker may have been storing it.
    package static let purgedInFlight = Self(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
    /// The client has raised a fatal error and can only be replaced.
    package static let fatal = Self(RD_KAFKA_RESP_ERR__FATAL)
    /// An argument or a setting was refused.
    package static let invalidArgument = Self(RD_KAFKA_RESP_ERR__INVALID_ARG)
    /// The call does not fit the client's state.
    package static let wrongState = Self(RD_KAFKA_RESP_ERR__STATE)
    /// The client is closed.
    package static let destroyed = Self(RD_KAFKA_RESP_ERR__DESTROY)
    /// The topic is not there, as the client knows the cluster.
    package static let unknownTopic = Self(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    /// The partition is not there, as the client knows the cluster.
    package static let unknownPartition = Self(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    /// The broker cannot do what was asked.
    package static let unsupportedFeature = Self(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
    /// The end of a partition was reached (only with `enable.partition.eof`).
    package static let partitionEnd = Self(RD_KAFKA_RESP_ERR__PARTITION_EOF)
    /// The consumer was not polled within `max.poll.interval.ms` and has left its group.
    package static let maxPollExceeded = Self(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
    /// The assignment was lost before the call.
    package static let assignmentLost = Self(RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST)
    /// There is no offset to commit.
    package static let noOffset = Self(RD_KAFKA_RESP_ERR__NO_OFFSET)
    /// The position is outside the partition's log and `auto.offset.reset` is `error`.
    package static let autoOffsetReset = Self(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
    /// Broker: the offset asked for is outside the log.
    package static let offsetOutOfRange = Self(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
    /// Broker: no such topic or partition.
    package static let unknownTopicOrPartition = Self(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    /// Broker: an election is going on.
    package static let leaderNotAvailable = Self(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
    /// Broker: another broker leads the partition by now.
    package static let notLeaderForPartition = Self(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION)
    /// Broker: the replicas did not answer in time.
    package static let requestTimedOut = Self(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT)
    /// Broker: the message is larger than the topic allows.
    package static let messageTooLarge = Self(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    /// Broker: the group's coordinator is loading.
    package static let coordinatorLoading = Self(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS)
    /// Broker: the group has no coordinator at the moment.
    package static let coordinatorNotAvailable = Self(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE)
    /// Broker: another broker coordinates the group by now.
    package static let notCoordinator = Self(RD_KAFKA_RESP_ERR_NOT_COORDINATOR)
    /// Broker: too few replicas are in sync.
    package static let notEnoughReplicas = Self(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS)
    /// Broker: too few replicas are in sync, noticed after the message was written.
    package static let notEnoughReplicasAfterAppend = Self(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND)
    /// Broker: the member speaks of an earlier generation of its group.
    package static let illegalGeneration = Self(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION)
    /// Broker: the group does not know the member (any more).
    package static let unknownMember = Self(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
    /// Broker: the group is rebalancing.
    package static let rebalanceInProgress = Self(RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)
    /// Broker: the topic exists already.
    package static let topicAlreadyExists = Self(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    /// Broker: the sequence number of an idempotent message has a gap.
    package static let outOfOrderSequence = Self(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER)

    /// Broker: a message does not fit the topic (no key where it is compacted, for example).
    package static let invalidRecord = Self(RD_KAFKA_RESP_ERR_INVALID_RECORD)
    /// Broker: a request does not meet the cluster's policy.
    package static let policyViolation = Self(RD_KAFKA_RESP_ERR_POLICY_VIOLATION)
    /// Broker: more copies were asked for than there are brokers.
    package static let invalidReplicationFactor = Self(RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR)
    /// Broker: this client may not do that to the topic.
    package static let topicAuthorizationFailed = Self(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    /// Broker: this client may not do that to the cluster.
    package static let clusterAuthorizationFailed = Self(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
    /// The brokers refuse this client's credentials.
    package static let authentication = Self(RD_KAFKA_RESP_ERR__AUTHENTICATION)

    private static let refusals: Set<Self> = [.messageTooLarge, .invalidRecord]

    private static let transient: Set<Self> = [
        .transport, .unresolvedHost, .allBrokersDown, .timedOut, .messageTimedOut, .queueFull,
        .leaderNotAvailable, .notLeaderForPartition, .requestTimedOut, .coordinatorLoading,
        .coordinatorNotAvailable, .notCoordinator, .notEnoughReplicas, .notEnoughReplicasAfterAppend,
        .unknownTopicOrPartition, .rebalanceInProgress,
    ]
}

extension KafkaErrorCode: CustomStringConvertible {
    /// The code's name.
    package var description: String { name }
}
