package import Foundation

/// Why the hub's signing keys cannot be used.
///
/// The operator reads this, not a caller, so it is apart from ``AccessError``.
package enum SigningKeyError: Error, Hashable, Sendable {
    /// There is no key file.
    case missing(path: String)
    /// Other users may read or write the file; `mode` holds its permission bits.
    case exposed(path: String, mode: UInt32)
    /// The file is not a key file, or is damaged.
    case unreadable(path: String)
    /// No key of the set has been activated.
    case noActiveKey
    /// Another rotation has set a day that has not come yet.
    case rotating(until: Date)
    /// The system refused; `code` is `errno`.
    case system(operation: String, path: String, code: Int32)
}

extension SigningKeyError: CustomStringConvertible {
    /// Says what to do; holds paths and never key material.
    package var description: String {
        switch self {
        case .missing(let path):
            "There is no signing key at \(path): start `herald serve` there first, "
                + "or name the hub's folder in HERALD_DATA_DIR."
        case .exposed(let path, let mode):
            "The signing key \(path) is open to other users (mode \(String(mode, radix: 8))): run `chmod 600 \(path)`, "
                + "and replace the key if others could have read it."
        case .unreadable(let path):
            "The signing key file \(path) is damaged: restore it, or remove it so that new keys are made; "
                + "tokens issued with the old ones end."
        case .noActiveKey: "No signing key is active."
        case .rotating(let date):
            "A rotation is under way: the next key takes over at \(date.ISO8601Format()). "
                + "With `--now` it takes over at once."
        case .system(let operation, let path, let code): "\(operation) \(path) failed with errno \(code)."
        }
    }
}
