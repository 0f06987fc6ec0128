import Foundation
import Postgres
import Testing

/// A wall clock that can be put forward and back under a process that runs.
///
/// A small library, compiled here and loaded before all others, answers for the machine's wall clock; monotonic clocks and
/// timed waits stay as they are, as they do when an administrator or a time service sets the machine's clock.
package struct WrongClock: Sendable {
    /// What a process needs in its environment to follow this clock.
    package let environment: [String: String]
    private let file: String

    /// Lends a clock that is right at first.
    ///
    /// - Throws: ``FaultError`` where the library cannot be compiled, with what the compiler said.
    package static func with(_ body: (WrongClock) async throws -> Void) async throws {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = WrongClock(
            environment: ["LD_PRELOAD": folder + "/clock.so", "WRONG_CLOCK": folder + "/offset"],
            file: folder + "/offset"
        )
        try clock.set(.zero)
        try source.write(toFile: folder + "/clock.c", atomically: true, encoding: .utf8)
        let compiler = try await ServerProcess.start(
            ["/usr/bin/env", "clang", "-shared", "-fPIC", "-O1", "-o", folder + "/clock.so", folder + "/clock.c"],
            environment: ProcessInfo.processInfo.environment,
            log: folder + "/compiler.log"
        )
        guard await compiler.exitStatus() == 0 else {
            throw FaultError((try? String(contentsOfFile: folder + "/compiler.log", encoding: .utf8)) ?? "no compiler")
        }
        try await body(clock)
    }

    /// Puts the clock so many whole seconds from the truth.
    package func set(_ difference: Duration) throws {
        var seconds = difference.components.seconds
        // In place: the processes have the file in their memory.
        let bytes = withUnsafeBytes(of: &seconds) { Data($0) }
        guard let handle = FileHandle(forUpdatingAtPath: file) else {
            try bytes.write(to: URL(fileURLWithPath: file))
            return
        }
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static volatile const long long *difference;

        __attribute__((constructor)) static void open_clock(void) {
            const char *path = getenv("WRONG_CLOCK");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return;
            void *memory = mmap(NULL, sizeof *difference, PROT_READ, MAP_SHARED, file, 0);
            close(file);
            if (memory != MAP_FAILED) difference = memory;
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            int status = (int)syscall(SYS_clock_gettime, clock, time);
            int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
            if (status == 0 && is_wall && difference) time->tv_sec += *difference;
            return status;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *result) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }
        """
}
