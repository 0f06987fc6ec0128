import Deliveries
import MESH
import ServiceLifecycle
import Subscriptions

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
        return [
            PostCourier(
                store: store,
                office: office,
                writers: letterWriters(office),
                configuration: configuration,
                owner: owner,
                bell: laneBell,
                logger: logger
            )
        ]
    }

    /// Who makes the letters of which audience.
    private func letterWriters(_ office: MESHPostOffice) -> [Subscription.Audience: any LetterWriter] { [:] }

    /// Workflows of messages that come in for others than the feeds' intake.
    var postWorkflows: Set<String> { [] }
}
