import Foundation

/// A line that is drawn over itself while something goes on; silent where standard error is no terminal.
struct ProgressBar: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let width = 30

    /// Draws the bar.
    ///
    /// - Parameters:
    ///   - label: What stands before the bar.
    ///   - done: What is done so far.
    ///   - total: What there is to do; nil where that is not known.
    ///   - note: What stands behind the bar.
    func show(_ label: String, done: Int64, of total: Int64?, note: String) {
        guard isTerminal else { return }
        var bar = ""
        if let total, total > 0 {
            let filled = Int(min(done, total) * Int64(width) / total)
            bar = "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "] "
        }
        write("\r\u{1B}[K\(label) \(bar)\(note)")
    }

    /// Ends the line.
    func finish() {
        guard isTerminal else { return }
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
