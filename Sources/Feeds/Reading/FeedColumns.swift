import Vaccination

/// The columns in file order, made once: the compiler builds `allCases` anew at every call.
enum FeedColumns {
    static let all = FeedColumn.allCases
    static let count = 34
}
