import Synchronization

/// The results of one batch, filled in as reports arrive, and whoever waits for the last.
final class PendingBatch: Sendable {
    typealias Outcome = Result<KafkaAcknowledgement, KafkaError>

    private struct State {
        var outcomes: [Outcome]
        var missing: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(count: Int) {
        // A place that no report has reached reads as closed; `results` never returns one.
        state = Mutex(State(outcomes: Array(repeating: .failure(.closed), count: count), missing: count))
    }

    fileprivate func complete(_ index: Int, _ outcome: Outcome) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.outcomes[index] = outcome
            state.missing -= 1
            return state.missing == 0 ? state.waiter.take() : nil
        }
        waiter?.resume()
    }

    /// Waits for the last report.
    func results() async -> [Outcome] {
        await withCheckedContinuation { continuation in
            let isComplete = state.withLock { state in
                if state.missing > 0 { state.waiter = continuation }
                return state.missing == 0
            }
            if isComplete { continuation.resume() }
        }
        return state.withLock { $0.outcomes }
    }
}

/// One message of a batch on its way through librdkafka: one retain goes in with the message, its report brings it back.
final class Delivery: Sendable {
    private let batch: PendingBatch
    private let index: Int

    init(of batch: PendingBatch, at index: Int) {
        self.batch = batch
        self.index = index
    }

    func complete(_ outcome: PendingBatch.Outcome) {
        batch.complete(index, outcome)
    }
}
