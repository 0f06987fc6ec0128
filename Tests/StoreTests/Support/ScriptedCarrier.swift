import Deliveries
import Foundation
import Synchronization

/// A MESH of a test's making: takes what it is given, and fails where the test says.
final class ScriptedCarrier: FeedCarrier {
    struct Delivery: Sendable, Hashable {
        let localID: String
        let name: String
        let content: Data
        let mailbox: String
        let id: String
    }

    /// What goes wrong with a message.
    enum Fault: Sendable {
        /// It never arrives.
        case lost
        /// It arrives, and nobody says so.
        case unanswered
        /// It is refused for good.
        case refused
    }

    private let state = Mutex((deliveries: [Delivery](), asked: [String]()))
    private let fault: @Sendable (FeedMessage) -> Fault?

    init(fault: @escaping @Sendable (FeedMessage) -> Fault? = { _ in nil }) { self.fault = fault }

    /// What arrived, in its order.
    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    /// Messages that were asked for after an attempt with an unknown outcome.
    var asked: [String] { state.withLock { $0.asked } }

    func carry(
        _ message: FeedMessage,
        file path: String,
        to mailbox: String
    ) async throws(FeedCarrierError) -> FeedReceipt {
        let fault = fault(message)
        if case .refused = fault { throw FeedCarrierError(.refused, "refused") }
        if case .lost = fault { throw FeedCarrierError(.away, "lost") }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw FeedCarrierError(.refused, "there is no file")
        }
        let id = state.withLock { state in
            if message.attempts > 0 {
                state.asked.append(message.localID)
                if let there = state.deliveries.first(where: { $0.localID == message.localID }) { return there.id }
            }
            let delivery = Delivery(
                localID: message.localID,
                name: message.name,
                content: content,
                mailbox: mailbox,
                id: "ID\(state.deliveries.count)"
            )
            state.deliveries.append(delivery)
            return delivery.id
        }
        if case .unanswered = fault { throw FeedCarrierError(.away, "no answer") }
        return FeedReceipt(messageID: id)
    }
}
