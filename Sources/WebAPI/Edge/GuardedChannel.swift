package import HummingbirdCore
package import Logging
package import NIOCore

/// A listener's connections, counted: one too many is closed before it is read from.
package struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    private let base: Base
    private let counter: ConnectionCounter

    package init(_ base: Base, limits: ConnectionLimits) {
        self.base = base
        counter = ConnectionCounter(inAll: limits.connections, perAddress: limits.connectionsPerAddress)
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        let address = channel.remoteAddress?.ipAddress ?? ""
        guard counter.open(address) else {
            EdgeMetrics.closed(.limit)
            // A set-up that fails would end the listener.
            return base.setup(channel: channel, logger: logger).map { value in
                channel.close(promise: nil)
                return value
            }
        }
        channel.closeFuture.whenComplete { [counter] _ in counter.close(address) }
        return base.setup(channel: channel, logger: logger)
    }

    package func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
