import Vaccination

/// The columns in file order.
enum FeedColumns {
    static let all = FeedColumn.inOrder
    static let count = 34
}
