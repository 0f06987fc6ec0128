import ArgumentParser
import Deliveries
import Foundation
import Store

/// The options of every command that has events sent again.
struct JobOptions: ParsableArguments {
    @Option(help: "Notifications a second and subscription at most, e.g. 5 or 0.5.") var rate: Double?
    @Option(help: "Why, for the audit trail.") var reason: String?
    @Flag(help: "Only count.") var dryRun = false
    @Flag(help: "Print JSON.") var json = false

    mutating func validate() throws {
        if let rate, !(rate > 0 && rate <= 1000) { throw ValidationError("--rate must be above 0 and at most 1000") }
    }

    /// Files the jobs, or counts what they would send, and says so.
    func resend(_ request: ResendRequest, _ database: DatabaseOptions) async throws {
        let isProduction = try database.reader().flag(.development) != true
        let order = JobOrder(actor: OperatorName.current, reason: reason, rate: rate, isProduction: isProduction)
        let plans = try await database.withStore { store in
            if dryRun { return try await store.planResends(request, isProduction: isProduction) }
            return try await store.startResends(request, order)
        }
        if json { return try Console.json(plans.map(ResendPlanView.init)) }
        let events = Console.count(plans.reduce(0) { $0 + $1.events }, "event")
        let subscriptions = Console.count(plans.count { $0.events > 0 }, "subscription")
        for plan in plans {
            let withheld = plan.withheld > 0 ? ", \(plan.withheld) withheld: the client may not read them any more" : ""
            let range = plan.firstNumber.map { " (\($0) to \(plan.lastNumber ?? $0))" } ?? ""
            Console.line("\(plan.subscription)  \(Console.count(plan.events, "event"))\(range)\(withheld)")
        }
        Console.line("\(events) of \(subscriptions) \(dryRun ? "would be sent again." : "will be sent again.")")
        if !dryRun, plans.contains(where: { $0.job != nil }) {
            Console.line("Follow them with: herald deliveries jobs --open")
        }
    }
}
