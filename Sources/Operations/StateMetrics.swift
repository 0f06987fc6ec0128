package import Prometheus

extension HubState {
    /// Writes the state as gauges.
    ///
    /// Every process that is asked says the same: queries take the maximum over processes, not the sum.
    package func write(to text: inout MetricsText) {
        text.gauge(
            "herald.feeds",
            "Feeds that are not finished, by status.",
            feeds.map { ([("status", $0.name)], Double($0.count)) }
        )
        text.gauge(
            "herald.feeds.oldest.age.seconds",
            "How long ago the oldest feed of a status arrived.",
            feeds.map { ([("status", $0.name)], $0.oldestSeconds ?? 0) }
        )
        text.gauge("herald.outbox.depth", "Changes not yet published or routed.", [([], Double(outbox.count))])
        text.gauge(
            "herald.outbox.oldest.age.seconds",
            "How long ago the oldest of them was committed.",
            [([], outbox.oldestSeconds ?? 0)]
        )
        text.gauge(
            "herald.directory.unanswered",
            "Patients for whom the patient directory gives no answer: their events wait, and those behind them.",
            [([], Double(unanswered.count))]
        )
        text.gauge(
            "herald.directory.unanswered.age.seconds",
            "How long ago the directory first failed to answer for one of them.",
            [([], unanswered.oldestSeconds ?? 0)]
        )
        text.gauge(
            "herald.patients.waiting",
            "Records whose patients have no practice that could be told, by why.",
            waitingPatients.map { ([("state", $0.name)], Double($0.count)) }
        )
        text.gauge("herald.outbox.members", "Processes that share the outbox.", [([], Double(outboxMembers))])
        text.gauge(
            "herald.lanes",
            "Lanes with waiting events, by channel, audience and state.",
            lanes.map { (Self.labels($0), Double($0.lanes)) }
        )
        text.gauge(
            "herald.lanes.events.waiting",
            "Events routed and not yet accepted.",
            lanes.map { (Self.labels($0), Double($0.events)) }
        )
        text.gauge(
            "herald.lanes.oldest.age.seconds",
            "How long ago the oldest event that is not yet accepted was routed.",
            oldest().map { ([("audience", $0.key.audience), ("channel", $0.key.channel)], $0.value) }
        )
        text.gauge(
            "herald.clients.events.waiting",
            "Events not yet accepted by the endpoints of a client, of the twenty that have waited longest.",
            slowestClients.map { ([("client", $0.client)], Double($0.waiting)) }
        )
        text.gauge(
            "herald.clients.oldest.age.seconds",
            "How long ago the oldest of them was routed.",
            slowestClients.map { ([("client", $0.client)], $0.oldestSeconds) }
        )
        text.gauge(
            "herald.events.dead",
            "Messages of the log that cannot be processed, and changes that brokers refuse.",
            [([], Double(deadEvents))]
        )
        text.gauge(
            "herald.log.position",
            "Next offset to route, by the database's row.",
            positions.map { (Self.labels($0), Double($0.nextOffset)) }
        )
        text.gauge(
            "herald.log.lag",
            "Messages published and not yet routed, by the database's rows.",
            positions.map { (Self.labels($0), Double($0.lag)) }
        )
        text.gauge(
            "herald.log.gaps",
            "Partitions that are not read because the log lost events.",
            [([], Double(positions.count { $0.gap != nil }))]
        )
        text.gauge(
            "herald.database.disk.used.ratio",
            "How full the database's disk is, from 0 to 1, where the database is on the process's machine.",
            diskUsed.map { [([], $0)] } ?? []
        )
        text.gauge(
            "herald.database.oldest.transaction.seconds",
            "How long the oldest transaction has been open: what was deleted since is still read through.",
            [([], oldestTransactionSeconds)]
        )
        writeNationalFeed(to: &text)
    }

    private func writeNationalFeed(to text: inout MetricsText) {
        guard let feed = nationalFeed else { return }
        text.gauge("herald.nis.files.waiting", "Files of the national feed that wait.", [([], Double(feed.waiting))])
        text.gauge(
            "herald.nis.files.unanswered",
            "Files of the national feed that were not answered for a day.",
            [([], Double(feed.unanswered))]
        )
        text.gauge("herald.nis.rows.held", "Records held back from the national feed.", [([], Double(feed.heldBack))])
        text.gauge(
            "herald.nis.stopped",
            "1 where the national feed stopped, and why.",
            [([("cause", feed.stop ?? "none")], feed.stop == nil ? 0 : 1)]
        )
    }

    private static func labels(_ position: Position) -> [(String, String)] {
        [("topic", position.topic), ("partition", String(position.partition))]
    }

    private static func labels(_ group: LaneGroup) -> [(String, String)] {
        [("channel", group.channel), ("audience", group.audience), ("state", group.state.rawValue)]
    }

    private struct Way: Hashable, Comparable {
        let audience, channel: String

        static func < (left: Way, right: Way) -> Bool {
            (left.audience, left.channel) < (right.audience, right.channel)
        }
    }

    /// The oldest event of each audience and channel that something waits for.
    private func oldest() -> [(key: Way, value: Double)] {
        var ages: [Way: Double] = [:]
        for lane in slowestLanes where lane.state != .off {
            let way = Way(audience: lane.audience, channel: lane.channel)
            ages[way] = max(ages[way] ?? 0, lane.oldestSeconds ?? 0)
        }
        return ages.sorted { $0.key < $1.key }
    }
}
