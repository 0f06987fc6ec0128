package import Foundation
import Synchronization

/// The delivery keys of a running hub, which notices when `herald keys rotate` has changed them.
package final class DeliveryKeyRing: Sendable {
    private let directory: String?
    private let keys: Mutex<DeliveryKeys>

    /// Keys that stay as they are.
    package init(_ keys: DeliveryKeys) {
        directory = nil
        self.keys = Mutex(keys)
    }

    /// The keys of a folder, made first when there are none.
    ///
    /// - Throws: `SigningKeyError`.
    package init(directory: String, now: Date) throws {
        self.directory = directory
        keys = Mutex(try DeliveryKeys.loadOrCreate(in: directory, now: now))
    }

    /// The keys as they are now.
    package var current: DeliveryKeys { keys.withLock { $0 } }

    /// Reads the folder again; what cannot be read changes nothing.
    ///
    /// - Returns: Whether the keys are others than before.
    /// - Throws: `SigningKeyError`.
    @discardableResult
    package func reload() throws -> Bool {
        guard let directory else { return false }
        let read = try DeliveryKeys.load(in: directory)
        return keys.withLock { keys in
            let isOther = read.report(now: .distantPast) != keys.report(now: .distantPast)
            keys = read
            return isOther
        }
    }
}
