import Deliveries
import Feeds
import Logging
import MESH
import ServiceLifecycle
import Store

extension Hub {
    /// What runs of the national feed are sent with; nil where there is no MESH.
    func feedCarrier(_ client: MESHClient?) -> (any FeedCarrier)? {
        client.map { MESHFeedCarrier(client: $0, workflow: configuration.feedWorkflow) }
    }

    /// The workflow that the national feed's consumer answers on.
    var feedAnswerWorkflow: String { configuration.feedWorkflow + "_ACK" }

    /// What reads the answers to runs; none where none are sent.
    func feedAnswers() -> [any Service] {
        guard configuration.feedMailbox != nil else { return [] }
        return [FeedAnswerReader(inbox: store, answers: store, workflow: feedAnswerWorkflow, logger: logger)]
    }

    /// The intake from the MESH mailbox; none in other roles and without a mailbox.
    ///
    /// - Parameter client: Speaks for the mailbox.
    /// - Returns: The service, or none.
    func mailboxIntake(_ client: MESHClient?) -> [any Service] {
        guard configuration.roles.contains(.intake), let mesh = configuration.mesh, let client else { return [] }
        var settings = MailboxConfiguration(workflow: mesh.workflow) { failures, isStopped in
            RetrySchedule.pause(afterFailure: failures, isRefusal: isStopped)
        }
        settings.pollInterval = mesh.pollInterval
        settings.lease = configuration.lease
        settings.postWorkflows = postWorkflows
        return [
            MailboxIntake(
                store: store,
                mailbox: MESHMailbox(client: client),
                configuration: settings,
                owner: owner,
                logger: logger
            )
        ]
    }
}

extension RetrySchedule {
    /// The pause of the schedule that fits, with its jitter drawn (D-30).
    fileprivate static func pause(afterFailure failure: Int, isRefusal: Bool) -> Duration {
        let schedule: RetrySchedule = isRefusal ? .refusal : .outage
        return schedule.delay(afterFailure: failure, jitter: Double.random(in: 0.8...1.2))
    }
}
