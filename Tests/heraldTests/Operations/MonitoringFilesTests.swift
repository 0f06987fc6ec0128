import CoreMetrics
import Foundation
import Operations
import Prometheus
import Testing

@testable import herald

/// The files of `deploy/monitoring` name what the hub really says.
@Suite struct MonitoringFilesTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("../../../deploy/monitoring").standardizedFileURL

    @Test(arguments: ["alerts.yml", "grafana/dashboards/herald.json"])
    func everyMetricNamedIsOneTheHubHas(file: String) throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
        let named = Set(text.matches(of: /\b(herald|http|process)_[a-z0-9_]+/).map { String($0.0) })
        #expect(named.count > 5)
        #expect(named.subtracting(Self.names).isEmpty)
    }

    @Test func theDashboardIsJSONWithPanelsThatDoNotOverlap() throws {
        struct Dashboard: Decodable {
            struct Place: Decodable { var x, y, w, h: Int }
            struct Panel: Decodable { var gridPos: Place }
            var panels: [Panel]
        }
        let file = Self.folder.appendingPathComponent("grafana/dashboards/herald.json")
        let places = try JSONDecoder().decode(Dashboard.self, from: Data(contentsOf: file)).panels.map(\.gridPos)
        let cells = places.flatMap { place in
            (place.y..<place.y + place.h).flatMap { y in (place.x..<place.x + place.w).map { y * 24 + $0 } }
        }
        #expect(Set(cells).count == cells.count)
    }

    /// Every name the exporter can write.
    private static var names: Set<String> {
        let registry = PrometheusRegistry()
        for label in MetricsSetup.descriptions.keys {
            if label.hasSuffix("duration") || label.hasSuffix("delay") {
                registry.makeTimer(label: label, dimensions: []).recordNanoseconds(1)
            } else if label == "herald.event.matches" {
                registry.makeRecorder(label: label, dimensions: [], aggregate: true).record(Int64(1))
            } else {
                registry.makeCounter(label: label, dimensions: []).increment(by: 1)
            }
        }
        var text = MetricsText()
        registry.write(to: &text)
        ProcessMetrics.write(to: &text, log: "embedded")
        text.gauge("herald.database.up", "", [([], 1)])
        var state = HubState()
        state.feeds = [HubState.Waiting(name: "queued", count: 1)]
        state.lanes = [
            HubState.LaneGroup(channel: "rest-hook", audience: "gp", state: .due, lanes: 1, events: 1)
        ]
        state.slowestClients = [HubState.ClientStanding(client: "", waiting: 1, oldestSeconds: 1)]
        state.slowestLanes = [
            HubState.LaneStanding(
                subscription: "",
                audience: "gp",
                channel: "rest-hook",
                state: .due,
                waiting: 1,
                oldestSeconds: 1,
                failedAttempts: 0,
                lastError: nil,
                nextAttemptAt: nil
            )
        ]
        state.nationalFeed = HubState.NationalFeed(waiting: 1, unanswered: 1, heldBack: 1, stop: "refused")
        state.positions = [
            HubState.Position(topic: "t", partition: 0, nextOffset: 1, publishedOffset: 2, gap: nil)
        ]
        state.diskUsed = 0.5
        state.write(to: &text)
        return Set(
            text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { String($0.prefix { $0 != "{" && $0 != " " }) }
        )
    }
}
