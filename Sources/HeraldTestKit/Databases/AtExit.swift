import Foundation
import Synchronization

/// What has to be cleared away when the process ends in an orderly way.
enum AtExit {
    private static let actions = Mutex<[@Sendable () -> Void]>([])
    private static let registration: Void = {
        atexit {
            for action in AtExit.actions.withLock(\.self) { action() }
        }
        return ()
    }()

    /// Runs `action` once at the end of the process; it may block for some seconds.
    static func perform(_ action: @escaping @Sendable () -> Void) {
        _ = registration
        actions.withLock { $0.append(action) }
    }
}
