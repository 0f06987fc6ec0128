import AsyncHTTPClient
import Deliveries
import Feeds
import Logging
import MESH
import ServiceLifecycle
import Store

extension Hub {
    /// The intake from the MESH mailbox; none in other roles and without a mailbox.
    ///
    /// - Parameter http: From the settings' own client configuration.
    /// - Returns: The service, or none.
    func mailboxIntake(_ http: HTTPClient?) -> [any Service] {
        guard configuration.roles.contains(.intake), let mesh = configuration.mesh, let http else { return [] }
        var settings = MailboxConfiguration(workflow: mesh.workflow) { failures, isStopped in
            RetrySchedule.pause(afterFailure: failures, isRefusal: isStopped)
        }
        settings.pollInterval = mesh.pollInterval
        settings.lease = configuration.lease
        return [
            MailboxIntake(
                store: store,
                mailbox: MESHMailbox(client: MESHClient(configuration: mesh.client, http: http)),
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
