import Events
import Vaccination

/// Answers that still count, a bounded number of them: the oldest make room.
struct AnswerCache: Sendable {
    private struct Entry {
        let details: PatientDetails?
        let expiry: ContinuousClock.Instant
        /// Tells an entry from an earlier one of the same patient.
        let number: Int
    }

    private let capacity: Int
    private var entries: [NHSNumber: Entry] = [:]
    /// Patients in the order they were entered, those that were entered again too.
    private var order: ArraySlice<(patient: NHSNumber, number: Int)> = []
    private var entered = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }
    var orderCount: Int { order.count }

    /// What counts of a patient now.
    ///
    /// - Returns: Nil when it has to be asked, and the details, or nil for somebody unknown, when not.
    func lookUp(_ patient: NHSNumber, now: ContinuousClock.Instant) -> PatientDetails?? {
        guard let entry = entries[patient], now < entry.expiry else { return nil }
        return .some(entry.details)
    }

    /// Enters an answer.
    mutating func enter(_ details: PatientDetails?, of patient: NHSNumber, until expiry: ContinuousClock.Instant) {
        entered += 1
        entries[patient] = Entry(details: details, expiry: expiry, number: entered)
        order.append((patient, entered))
        while entries.count > capacity, let oldest = order.popFirst() {
            if entries[oldest.patient]?.number == oldest.number { entries[oldest.patient] = nil }
        }
        // What was entered again stands in the order twice.
        if order.count > capacity * 2 {
            order = ArraySlice(order.filter { entries[$0.patient]?.number == $0.number })
        }
    }
}
