import Events
import Foundation
import HeraldTestKit
import Subscriptions
import Testing

@testable import Deliveries

/// `delivery.md` §7: who may have how many lanes in hand.
struct DeliveryTrafficTests {
    private func claim(_ client: String, _ number: Int) -> LaneClaim {
        var subscription = Subscription.sample(.gp, endpoint: "https://practice-\(number).example.nhs.uk/")
        subscription.client = client
        return LaneClaim(
            subscription: subscription,
            origin: "https://practice-\(number).example.nhs.uk",
            epoch: 1,
            deliveredThrough: 0,
            work: nil
        )
    }

    @Test func practicesDoNotShareOneClientsLimit() {
        let traffic = DeliveryTraffic(limits: DeliveryLimits())
        for number in 0..<60 {
            traffic.began(claim(Subscription.hubClient, number))
            traffic.began(claim("one-client", number))
        }
        #expect(traffic.room(ofClient: Subscription.hubClient) == 440)
        #expect(traffic.full.clients == ["one-client"])
        // Each practice has its own: one that is slow takes no more than its ten.
        for _ in 0..<8 { traffic.began(claim(Subscription.hubClient, 0)) }
        #expect(traffic.full.origins == ["https://practice-0.example.nhs.uk"])
        #expect(traffic.room(ofOrigin: "https://practice-1.example.nhs.uk") == 8)
    }

    @Test func whatTheHubMadeLeavesRoomForClients() {
        var limits = DeliveryLimits()
        #expect(limits.inFlight(ofClient: Subscription.hubClient) == 500)
        limits.inFlight = 60
        #expect(limits.inFlight(ofClient: Subscription.hubClient) == 50)
    }
}
