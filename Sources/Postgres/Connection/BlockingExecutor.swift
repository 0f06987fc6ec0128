import Dispatch

/// Runs an actor's jobs one after another on a thread of its own, so that libpq may block without holding up Swift's
/// cooperative threads.
final class BlockingExecutor: SerialExecutor {
    // A serial queue without a target is served by the overcommitting root queue: a blocked queue never keeps another
    // one waiting for a thread.
    private let queue = DispatchQueue(label: "herald.postgres")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
