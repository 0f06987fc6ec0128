import CRdkafka

/// A producer's client and the queue its reports come on; both are freed together.
final class ProducerLink: Sendable {
    let client: ClientHandle
    let queue: ClientQueue

    init(client: ClientHandle, whenFilled: @escaping @Sendable () -> Void) {
        self.client = client
        queue = ClientQueue(adopting: rd_kafka_queue_get_main(client.pointer), of: client, whenFilled: whenFilled)
    }

    /// Gives up on all that is queued or in flight; each message still gets its report.
    func purge() {
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    }
}
