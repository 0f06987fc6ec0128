import CRdkafka

/// Commits, and takes the broker's answers on a queue of their own; belongs to one consumer and runs on its thread.
///
/// librdkafka's synchronous commit has no time limit; this one has.
final class CommitQueue {
    private let queue: ClientQueue
    private var sequence = 0

    init(of client: ClientHandle) {
        queue = ClientQueue(adopting: rd_kafka_queue_new(client.pointer), of: client)
    }

    /// Commits and waits for the answer to this commit; answers to earlier ones, which came too late, are dropped.
    func commit(
        _ positions: [KafkaPosition],
        of client: ClientHandle,
        timeout: Duration
    ) throws(KafkaError) -> rd_kafka_resp_err_t {
        sequence += 1
        let mark = UnsafeMutableRawPointer(bitPattern: sequence)  // a number, never an address
        let list = PartitionList(positions)
        let code = rd_kafka_commit_queue(client.pointer, list.pointer, queue.pointer, nil, mark)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return code }
        let deadline = ContinuousClock.now + timeout
        repeat {
            guard let event = queue.poll(deadline - .now) else { continue }
            if event.opaque == mark { return event.code }
        } while .now < deadline
        throw .failed(KafkaFailure(.commit, code: .timedOut, detail: "the broker did not answer within \(timeout)"))
    }
}
