import Foundation

/// The memory of this process as the kernel counts it.
enum ProcessMemory {
    /// Bytes in memory now.
    static var resident: Int { bytes("VmRSS") }
    /// The most that was ever in memory.
    static var peak: Int { bytes("VmHWM") }

    private static func bytes(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
