import CLibpq
import Foundation

extension PostgresConnection {
    /// Subscribes the session to channels.
    func listen(to channels: [String]) async throws(PostgresError) {
        try await perform { connection throws(PostgresError) in
            for channel in channels {
                let listen = "LISTEN \(try quotedIdentifier(channel, on: connection))"
                _ = try answer(sent: PQsendQuery(connection, listen), on: connection)
            }
        }
    }

    /// Waits on this connection's thread until notifications have come or the bell rings; none means the bell.
    func notifications(or bell: Bell) async throws(PostgresError) -> [PostgresNotification] {
        try await perform(cancellable: false, awaitsAnswer: false) { connection throws(PostgresError) in
            while true {
                let received = receivedNotifications(on: connection)
                guard received.isEmpty else { return received }
                var descriptors = [
                    pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0),
                    pollfd(fd: bell.readEnd, events: Int16(POLLIN), revents: 0),
                ]
                _ = poll(&descriptors, nfds_t(descriptors.count), -1)
                guard descriptors[1].revents == 0 else {
                    bell.silence()
                    return []
                }
                guard descriptors[0].revents == 0 || PQconsumeInput(connection) == 1 else {
                    throw .connection(lastMessage(of: connection))
                }
            }
        }
    }

    private func receivedNotifications(on connection: OpaquePointer) -> [PostgresNotification] {
        var received: [PostgresNotification] = []
        while let notification = PQnotifies(connection) {
            defer { PQfreemem(notification) }
            received.append(
                PostgresNotification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra),
                    processID: notification.pointee.be_pid
                )
            )
        }
        return received
    }
}
