package import Foundation
import Synchronization

/// The signing keys of a running hub, which notices when `herald keys rotate` has changed them.
package final class KeyRing: Sendable {
    private let directory: String?
    private let keys: Mutex<SigningKeys>

    /// Keys that stay as they are.
    package init(_ keys: SigningKeys) {
        directory = nil
        self.keys = Mutex(keys)
    }

    /// The keys of a folder, made first when there are none.
    ///
    /// - Throws: ``SigningKeyError``.
    package init(directory: String, now: Date) throws {
        self.directory = directory
        keys = Mutex(try SigningKeys.loadOrCreate(in: directory, now: now))
    }

    /// The keys as they are now.
    package var current: SigningKeys { keys.withLock { $0 } }

    /// Reads the folder again; what cannot be read changes nothing.
    ///
    /// - Returns: Whether the keys are others than before.
    /// - Throws: ``SigningKeyError``.
    @discardableResult
    package func reload() throws -> Bool {
        guard let directory else { return false }
        let read = try SigningKeys.load(in: directory)
        return keys.withLock { keys in
            // A day that was set for a key changes no byte of the published set.
            guard read.jwks != keys.jwks || read.keys.map(\.activeFrom) != keys.keys.map(\.activeFrom) else {
                return false
            }
            keys = read
            return true
        }
    }
}
