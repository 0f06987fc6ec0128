import Foundation

/// How much memory this process has, by the kernel's books.
enum ProcessMemory {
    /// Bytes resident now; nil where the kernel does not say.
    static var resident: Int? { status("VmRSS:") }

    /// The most bytes resident since the start or ``forgetPeak()``.
    static var peak: Int? { status("VmHWM:") }

    /// Begins a new peak (Linux, `proc(5)`: `clear_refs`); where that is forbidden the old one goes on.
    static func forgetPeak() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))
        try? file.close()
    }

    private static func status(_ name: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
