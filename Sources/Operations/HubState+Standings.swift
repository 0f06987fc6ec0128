package import Foundation

extension HubState {
    /// A file and how far it has got.
    package struct FeedStanding: Sendable, Hashable, Codable {
        package var id: String
        package var name: String
        package var client: String
        package var status: String
        /// Why it failed, in words for the sender.
        package var reason: String?
        package var receivedAt: Date
        package var startedAt: Date?
        package var finishedAt: Date?
        package var bytes: Int64
        /// Bytes of the file whose rows all have their outcome.
        package var bytesApplied: Int64
        package var totalRows: Int64?
        package var accepted: Int64
        package var rejected: Int64

        package init(
            id: String,
            name: String,
            client: String,
            status: String,
            reason: String?,
            receivedAt: Date,
            startedAt: Date?,
            finishedAt: Date?,
            bytes: Int64,
            bytesApplied: Int64,
            totalRows: Int64?,
            accepted: Int64,
            rejected: Int64
        ) {
            self.id = id
            self.name = name
            self.client = client
            self.status = status
            self.reason = reason
            self.receivedAt = receivedAt
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.bytes = bytes
            self.bytesApplied = bytesApplied
            self.totalRows = totalRows
            self.accepted = accepted
            self.rejected = rejected
        }
    }

    /// A message of the log that was set aside.
    package struct DeadMessage: Sendable, Hashable, Codable {
        package var topic: String
        package var partition: Int32
        package var offset: Int64
        package var setAsideAt: Date
        /// What is wrong with it; names members and types, never their values.
        package var reason: String

        package init(topic: String, partition: Int32, offset: Int64, setAsideAt: Date, reason: String) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
            self.setAsideAt = setAsideAt
            self.reason = reason
        }
    }
}
