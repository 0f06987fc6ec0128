import Foundation

/// A lock on a folder that ends with the process that holds it, however that ends.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock, or nothing if another process has it or the folder is gone.
    init?(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
