import Deliveries
import MESH
import ServiceLifecycle
import Subscriptions
import Vaccination

extension Hub {
    /// What posts the letters of lanes that leave by MESH; none in other roles and without MESH.
    ///
    /// - Parameters:
    ///   - client: Speaks for the own mailbox.
    ///   - configuration: Of all couriers.
    /// - Returns: The services, or none.
    func postCouriers(_ client: MESHClient?, _ configuration: CourierConfiguration) -> [any Service] {
        guard let client else { return [] }
        let office = MESHPostOffice(client: client)
        let writers = letterWriters(office)
        return [
            PostCourier(
                store: store,
                office: office,
                writers: writers,
                configuration: configuration,
                owner: owner,
                bell: postBell,
                logger: logger
            ),
            LetterResender(store: store, office: office, writers: writers, logger: logger),
            AnswerReader(
                store: store,
                office: office,
                workflow: practiceAnswerWorkflow,
                sender: practiceSettings(office).sender,
                logger: logger
            ),
        ]
    }

    /// Who makes the letters of which audience.
    private func letterWriters(_ office: MESHPostOffice) -> [Subscription.Audience: any LetterWriter] {
        let practices = practiceSettings(office)
        var writers: [Subscription.Audience: any LetterWriter] = [
            .gp: PracticeWriter(store: store, office: office, settings: practices, logger: logger)
        ]
        if let sender = configuration.nationalEvents {
            writers[.nems] = NationalEventWriter(store: store, sender: sender)
        }
        return writers
    }

    private func practiceSettings(_ office: MESHPostOffice) -> PracticeSettings {
        configuration.gp.settings(odsCode: configuration.feed.odsCode.text, mailbox: office.client.mailbox.text)
    }

    /// What practices answer by.
    private var practiceAnswerWorkflow: String { "\(configuration.gp.workflow)_ACK" }

    /// Workflows of messages that come in for others than the feeds' intake.
    var postWorkflows: Set<String> {
        var workflows: Set = [practiceAnswerWorkflow]
        if configuration.feedMailbox != nil { workflows.insert(feedAnswerWorkflow) }
        return workflows
    }
}
