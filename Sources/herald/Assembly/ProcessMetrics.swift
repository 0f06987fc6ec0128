import Foundation
import Prometheus

/// What Prometheus's own libraries say of a process, under the same names.
enum ProcessMetrics {
    private static let start = Date().timeIntervalSince1970

    /// Writes memory, processor time, open files, and what this process is.
    static func write(to text: inout MetricsText, log: String) {
        text.gauge(
            "herald.info",
            "What runs here.",
            [([("version", Herald.version), ("build", Build.kind), ("log", log)], 1)]
        )
        if let resident = ProcessMemory.resident {
            text.gauge("process.resident.memory.bytes", "Resident memory.", [([], Double(resident))])
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            text.gauge("process.open.fds", "Open file descriptors.", [([], Double(files))])
        }
        text.counter("process.cpu.seconds", "Processor time, user's and system's.", [([], cpuSeconds)])
        text.gauge("process.start.time.seconds", "When metrics began, in seconds since 1970.", [([], start)])
    }

    private static var cpuSeconds: Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
    }
}
