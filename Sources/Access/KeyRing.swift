package import Foundation
import Synchronization

/// Keys of a hub that are kept in a file of its data folder and rotated there by `herald keys rotate`.
package protocol RotatedKeys: Sendable {
    /// The folder's keys, made first when there are none.
    ///
    /// - Throws: ``SigningKeyError``.
    static func loadOrCreate(in directory: String, now: Date) throws -> Self

    /// The folder's keys.
    ///
    /// - Throws: ``SigningKeyError``.
    static func load(in directory: String) throws -> Self

    /// Whether a rotation lies between these keys and those read before.
    func differ(from old: Self) -> Bool
}

/// The keys of a running hub, which notices when `herald keys rotate` has changed them.
package final class KeyRing<Keys: RotatedKeys>: Sendable {
    private let directory: String?
    private let keys: Mutex<Keys>

    /// Keys that stay as they are.
    package init(_ keys: Keys) {
        directory = nil
        self.keys = Mutex(keys)
    }

    /// The keys of a folder, made first when there are none.
    ///
    /// - Throws: ``SigningKeyError``.
    package init(directory: String, now: Date) throws {
        self.directory = directory
        keys = Mutex(try Keys.loadOrCreate(in: directory, now: now))
    }

    /// The keys as they are now.
    package var current: Keys { keys.withLock { $0 } }

    /// Reads the folder again; what cannot be read changes nothing.
    ///
    /// - Returns: Whether the keys are others than before.
    /// - Throws: ``SigningKeyError``.
    @discardableResult
    package func reload() throws -> Bool {
        guard let directory else { return false }
        let read = try Keys.load(in: directory)
        return keys.withLock { keys in
            let isOther = read.differ(from: keys)
            keys = read
            return isOther
        }
    }
}
