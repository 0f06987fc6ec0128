/// An acknowledgement file under the name suppliers know, as pieces of bytes.
///
/// Rejected rows are read page by page while the file is taken: its size does not matter to memory. Every pass over it gives
/// the same bytes.
package struct AcknowledgementFile: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    /// What stands around the failures of a file, and how each is written.
    struct Form: Sendable {
        var begin: @Sendable (inout [UInt8]) -> Void
        var append: @Sendable (RowFailure, _ isFirst: Bool, inout [UInt8]) -> Void = { _, _, _ in }
        var end: @Sendable (inout [UInt8]) -> Void = { _ in }
    }

    /// The file's name.
    package let name: String
    /// `text/csv` or `application/json`.
    package let mediaType: String
    let form: Form
    /// The failures after a row number, a page of them; none means that there are no more.
    let failures: @Sendable (Int64) async throws -> [RowFailure]

    package func makeAsyncIterator() -> Iterator { Iterator(file: self) }

    /// Reads one page of failures after the other.
    package struct Iterator: AsyncIteratorProtocol {
        let file: AcknowledgementFile
        private var last: Int64 = 0
        private var isAtEnd = false

        init(file: AcknowledgementFile) { self.file = file }

        package mutating func next() async throws -> [UInt8]? {
            guard !isAtEnd else { return nil }
            var bytes: [UInt8] = []
            var isFirst = last == 0
            if isFirst { file.form.begin(&bytes) }
            let page = try await file.failures(last)
            for failure in page {
                file.form.append(failure, isFirst, &bytes)
                isFirst = false
            }
            if let failure = page.last {
                last = failure.rowNumber
            } else {
                file.form.end(&bytes)
                isAtEnd = true
            }
            return bytes
        }
    }
}
