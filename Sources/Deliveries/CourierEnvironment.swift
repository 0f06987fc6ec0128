package import Foundation

/// What a courier takes from the outside world, so that tests can replace it.
package struct CourierEnvironment: Sendable {
    package var now: @Sendable () -> Date
    package var makeID: @Sendable () -> UUID
    /// Factor 0.8 to 1.2 on retry delays (D-30).
    package var jitter: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Date = { Date() },
        makeID: @escaping @Sendable () -> UUID = { UUID() },
        jitter: @escaping @Sendable () -> Double = { .random(in: 0.8...1.2) }
    ) {
        self.now = now
        self.makeID = makeID
        self.jitter = jitter
    }
}
