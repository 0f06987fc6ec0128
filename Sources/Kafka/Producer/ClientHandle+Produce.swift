import CRdkafka

extension ClientHandle {
    /// Copies a message into librdkafka's queue.
    ///
    /// - Parameters:
    ///   - message: What to send.
    ///   - opaque: What the delivery report brings back.
    /// - Returns: Why there will be no report, or nil.
    func produce(_ message: KafkaMessage, opaque: UnsafeMutableRawPointer) -> KafkaFailure? {
        let headers = Self.makeHeaders(message.headers)
        let error = message.topic.withCString { topic in
            message.key.withPointer { key, keySize in
                message.content.withPointer { content, contentSize in
                    withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 7) { arguments in
                        var count = 0
                        func append(_ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_t) -> Void) {
                            var argument = rd_kafka_vu_t()
                            argument.vtype = type
                            fill(&argument)
                            arguments.initializeElement(at: count, to: argument)
                            count += 1
                        }
                        append(RD_KAFKA_VTYPE_TOPIC) { $0.u.cstr = topic }
                        append(RD_KAFKA_VTYPE_MSGFLAGS) { $0.u.i = RD_KAFKA_MSG_F_COPY }
                        append(RD_KAFKA_VTYPE_KEY) {
                            $0.u.mem.ptr = key; $0.u.mem.size = keySize
                        }
                        append(RD_KAFKA_VTYPE_VALUE) {
                            $0.u.mem.ptr = content; $0.u.mem.size = contentSize
                        }
                        append(RD_KAFKA_VTYPE_OPAQUE) { $0.u.ptr = opaque }
                        if let headers { append(RD_KAFKA_VTYPE_HEADERS) { $0.u.headers = headers } }
                        if let partition = message.partition {
                            append(RD_KAFKA_VTYPE_PARTITION) { $0.u.i32 = partition }
                        }
                        return rd_kafka_produceva(pointer, arguments.baseAddress, count)
                    }
                }
            }
        }
        guard let failure = KafkaFailure(consuming: error, .send) else { return nil }
        // Only an accepted message takes its headers over.
        if let headers { rd_kafka_headers_destroy(headers) }
        return fatalFailure(.send) ?? failure
    }

    private static func makeHeaders(_ headers: [KafkaHeader]) -> OpaquePointer? {
        guard !headers.isEmpty, let list = rd_kafka_headers_new(headers.count) else { return nil }
        for header in headers {
            var name = header.name
            name.withUTF8 { name in
                header.value.withPointer { value, size in
                    name.withMemoryRebound(to: CChar.self) { name in
                        // Fails for a list that is read-only only, which one of our making is not.
                        _ = rd_kafka_header_add(list, name.baseAddress, name.count, value, size)
                    }
                }
            }
        }
        return list
    }

    /// Completes the delivery of every message of a report.
    ///
    /// - Returns: How many there were.
    func answer(_ event: borrowing ClientEvent) -> Int {
        let fatal = fatalFailure(.send)
        var count = 0
        event.forEachMessage { message in
            guard let opaque = message.pointee._private else { return }
            let delivery = Unmanaged<Delivery>.fromOpaque(opaque).takeRetainedValue()
            delivery.complete(Self.outcome(of: message, fatal: fatal))
            count += 1
        }
        return count
    }

    private static func outcome(
        of message: UnsafePointer<rd_kafka_message_t>,
        fatal: KafkaFailure?
    ) -> PendingBatch.Outcome {
        let report = message.pointee
        guard report.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .success(KafkaAcknowledgement(partition: report.partition, offset: report.offset))
        }
        let persistence: KafkaPersistence =
            switch rd_kafka_message_status(message) {
            case RD_KAFKA_MSG_STATUS_PERSISTED: .persisted
            case RD_KAFKA_MSG_STATUS_NOT_PERSISTED: .notPersisted
            default: .possiblyPersisted
            }
        let failure = fatal ?? KafkaFailure(.send, code: KafkaErrorCode(report.err))
        return .failure(.undelivered(failure, persistence: persistence))
    }
}

extension [UInt8] {
    /// Lends address and size; the address is never null, which in Kafka would be another value than an empty one.
    fileprivate func withPointer<R>(_ body: (UnsafeMutableRawPointer, Int) -> R) -> R {
        withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { return body(UnsafeMutableRawPointer(mutating: start), bytes.count) }
            return withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { spare in
                guard let start = spare.baseAddress else { preconditionFailure("a byte has an address") }
                return body(start, 0)
            }
        }
    }
}

extension [UInt8]? {
    /// Lends address and size; the address is null for nil only.
    fileprivate func withPointer<R>(_ body: (UnsafeMutableRawPointer?, Int) -> R) -> R {
        guard let bytes = self else { return body(nil, 0) }
        return bytes.withPointer { body($0, $1) }
    }
}
