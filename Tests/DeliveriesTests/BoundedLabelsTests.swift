import Testing

@testable import Deliveries

/// `delivery.md` §18: labels of metrics are a bounded set.
struct BoundedLabelsTests {
    @Test func afterSoManyNamesAllOthersAreOne() {
        let labels = BoundedLabels(limit: 2)
        #expect(["a", "b", "c", "a", "d", "b"].map(labels.label) == ["a", "b", "other", "a", "other", "b"])
    }
}
