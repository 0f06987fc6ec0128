import Foundation
import Synchronization

/// A line that is drawn over itself while something goes on; where standard error is no terminal, a plain line now and then.
final class ProgressBar: Sendable {
    private static let width = 30
    /// Between two plain lines.
    private static let interval: Duration = .seconds(10)

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let nextLine = Mutex(ContinuousClock.now + ProgressBar.interval)

    /// Draws the bar.
    ///
    /// - Parameters:
    ///   - label: What stands before the bar.
    ///   - done: What is done so far.
    ///   - total: What there is to do; nil where that is not known.
    ///   - note: What stands behind the bar.
    func show(_ label: String, done: Int64, of total: Int64?, note: String) {
        guard isTerminal else { return showLine("\(label) \(note)") }
        var bar = ""
        if let total, total > 0 {
            let filled = Int(min(done, total) * Int64(Self.width) / total)
            bar =
                "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled) + "] "
        }
        write("\r\u{1B}[K\(label) \(bar)\(note)")
    }

    /// Ends the line.
    func finish() {
        guard isTerminal else { return }
        write("\r\u{1B}[K")
    }

    private func showLine(_ text: String) {
        let isDue = nextLine.withLock { next in
            guard ContinuousClock.now >= next else { return false }
            next = ContinuousClock.now + Self.interval
            return true
        }
        if isDue { write(text + "\n") }
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
