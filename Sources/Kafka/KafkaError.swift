/// Why a call to Kafka failed; carries settings' names, codes and librdkafka's words, never a value or a message.
package enum KafkaError: Error, Hashable, Sendable {
    /// librdkafka has no setting of this name (a misspelling, most often).
    case unknownSetting(String)
    /// A setting's value was refused, or the setting belongs to the driver.
    case invalidSetting(String, reason: String)
    /// A call failed.
    case failed(KafkaFailure)
    /// A message was not acknowledged; it may or may not be in the log.
    case undelivered(KafkaFailure, persistence: KafkaPersistence)
    /// ``KafkaConsumer/next(maximum:timeout:)`` was called, or the wrong answer given, with a rebalance unanswered.
    case rebalanceUnanswered
    /// The client is closed, or closing.
    case closed
}

/// What librdkafka said about a failed call.
package struct KafkaFailure: Hashable, Sendable {
    /// What was being done.
    package let operation: KafkaOperation
    /// librdkafka's code.
    package let code: KafkaErrorCode
    /// librdkafka's words; they name brokers and topics, not contents.
    package let detail: String
    /// Whether the client is of no use any more and has to be replaced.
    package let isFatal: Bool

    /// Describes a failure; librdkafka's own text for the code unless `detail` says more.
    package init(_ operation: KafkaOperation, code: KafkaErrorCode, detail: String? = nil, isFatal: Bool = false) {
        self.operation = operation
        self.code = code
        self.detail = detail ?? code.text
        self.isFatal = isFatal
    }
}

/// What a failed call was about.
package enum KafkaOperation: String, Sendable {
    case createClient = "create client"
    case send, subscribe, read, assign, commit, seek, pause, resume
    case readPosition = "read position"
    case readCommitted = "read committed positions"
    case readWatermarks = "read watermarks"
    case readMetadata = "read metadata"
    case readSettings = "read a topic's settings"
    case createTopic = "create topic"
    case deleteTopic = "delete topic"
    case broker = "change in-process broker"
}

/// Whether a message that was not acknowledged is in the log all the same.
package enum KafkaPersistence: Sendable {
    /// It never left the client.
    case notPersisted
    /// It was sent, and no answer came: sending it again may double it.
    case possiblyPersisted
    /// A broker has stored it.
    case persisted
}

extension KafkaError {
    /// librdkafka's code, or the nearest one for what the driver itself refuses.
    package var code: KafkaErrorCode {
        switch self {
        case .unknownSetting, .invalidSetting: .invalidArgument
        case .failed(let failure), .undelivered(let failure, _): failure.code
        case .rebalanceUnanswered: .wrongState
        case .closed: .destroyed
        }
    }

    /// The code's symbol, such as `_MSG_TIMED_OUT`; fit for a metric's dimension.
    package var name: String { code.name }

    /// A sentence for an operator.
    package var message: String {
        switch self {
        case .unknownSetting(let name): "librdkafka has no setting \"\(name)\""
        case .invalidSetting(let name, let reason): "setting \"\(name)\": \(reason)"
        case .failed(let failure): "\(failure)"
        case .undelivered(let failure, .notPersisted): "\(failure); the message was not stored"
        case .undelivered(let failure, .possiblyPersisted): "\(failure); the message may have been stored"
        case .undelivered(let failure, .persisted): "\(failure); the message was stored"
        case .rebalanceUnanswered: "a rebalance has to be answered first: assigned with assign, revoked with unassign"
        case .closed: "the client is closed"
        }
    }

    /// Whether the same call to the same client may succeed later.
    ///
    /// librdkafka has already retried whatever it may: a retriable send is worth another attempt by the caller, who has
    /// to expect a double where the persistence is ``KafkaPersistence/possiblyPersisted``.
    package var isRetriable: Bool {
        switch self {
        case .failed(let failure), .undelivered(let failure, _): !failure.isFatal && failure.code.isTransient
        case .unknownSetting, .invalidSetting, .rebalanceUnanswered, .closed: false
        }
    }

    /// Whether brokers refuse the message itself, however often it is sent.
    ///
    /// A broker refuses a whole batch: send the message alone before believing it.
    package var isRefusal: Bool {
        switch self {
        case .failed(let failure), .undelivered(let failure, _): failure.code.isRefusal
        case .unknownSetting, .invalidSetting, .rebalanceUnanswered, .closed: false
        }
    }

    /// Whether the client has to be replaced by a new one.
    package var isFatal: Bool {
        switch self {
        case .failed(let failure), .undelivered(let failure, _): failure.isFatal
        case .unknownSetting, .invalidSetting, .rebalanceUnanswered, .closed: false
        }
    }
}

extension KafkaFailure: CustomStringConvertible {
    /// Operation, code and librdkafka's words.
    package var description: String {
        "\(operation.rawValue): \(detail) (\(code.name)\(isFatal ? ", fatal" : ""))"
    }
}

extension KafkaError: CustomStringConvertible {
    /// The same as ``message``; safe to log.
    package var description: String { message }
}
