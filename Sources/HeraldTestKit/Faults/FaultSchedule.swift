/// Faults at random, the same for the same seed.
package struct FaultSchedule: Sendable {
    /// Something that goes wrong, with how long it lasts.
    package enum Fault: Sendable, Hashable {
        case processKilled(Int)
        case processPaused(Int, Duration)
        case processStopped(Int)
        case databaseReset(Int)
        case databaseStalled(Int, Duration)
        case databaseCut(Int, afterBytes: Int)
        case serverCrashed(Duration)
        case serverKilled(Duration)
        case brokerAway(Duration)
        case brokerReset
        case brokerStalled(Duration)
        case brokerErrors(UInt64)
        case endpointAway(Duration)
        case endpointPaused(Duration)

        /// What reports call it.
        package var kind: String { String("\(self)".prefix { $0 != "(" }) }
    }

    /// A fault and the time since the one before.
    package struct Step: Sendable, Hashable {
        package let pause: Duration
        package let fault: Fault
    }

    /// In the order in which they begin; they may overlap.
    package let steps: [Step]

    /// Faults for so long a time.
    ///
    /// - Parameters:
    ///   - seed: What decides about everything.
    ///   - length: How long faults begin.
    ///   - processes: How many processes there are to choose from.
    ///   - hasBroker: Whether there is a broker to hurt.
    package init(seed: UInt64, length: Duration, processes: Int, hasBroker: Bool) {
        var random = SplitMix(seed: seed)
        var steps: [Step] = []
        var time = Duration.zero
        while true {
            let pause = Duration.milliseconds(random.number(in: 200...5000))
            time += pause
            guard time < length else { break }
            steps.append(Step(pause: pause, fault: Self.fault(&random, processes, hasBroker)))
        }
        self.steps = steps
    }

    private static func fault(_ random: inout SplitMix, _ processes: Int, _ hasBroker: Bool) -> Fault {
        let process = random.number(in: 0...processes - 1)
        let short = Duration.milliseconds(random.number(in: 100...8000))
        let bytes = random.number(in: 1...20_000)
        let other = random.next()
        switch random.number(in: 1...(hasBroker ? 100 : 78)) {
        case 1...24: return .processKilled(process)
        case 25...36: return .processPaused(process, short)
        case 37...42: return .processStopped(process)
        case 43...50: return .databaseReset(process)
        case 51...56: return .databaseStalled(process, short)
        case 57...63: return .databaseCut(process, afterBytes: bytes)
        case 64...67: return .serverCrashed(short / 2)
        case 68...70: return .serverKilled(short / 2)
        case 71...74: return .endpointAway(short)
        case 75...78: return .endpointPaused(short)
        case 79...84: return .brokerAway(short)
        case 85...90: return .brokerReset
        case 91...95: return .brokerStalled(short)
        default: return .brokerErrors(other)
        }
    }
}
