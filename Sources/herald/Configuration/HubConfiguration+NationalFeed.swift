import Configuration
import Deliveries
import Foundation
import MESH

extension HubConfiguration {
    /// Where the feed to the National Immunisation Service goes, and what is in it (`nis-feed.md`).
    ///
    /// - Throws: ``ConfigurationError``.
    mutating func readNationalFeed(_ reader: ConfigReader) throws {
        feedDirectory = reader.text(.feedDirectory)
        feed.spool = feedDirectory ?? dataDirectory + "/nis"
        if let seconds = try reader.number(.feedInterval, in: 1...86_400) { feed.interval = .seconds(seconds) }
        feedWorkflow = reader.text(.feedWorkflow) ?? feedWorkflow
        if let names = reader.text(.feedTypes) { feedTypes = try Self.types(names) }
        guard let name = reader.text(.feedMailbox) else { return }
        guard let mailbox = MailboxID(name) else {
            throw ConfigurationError.invalid(.feedMailbox, "must be letters and digits, e.g. NIS00001")
        }
        guard mesh != nil || !roles.contains(.delivery) else {
            throw ConfigurationError.missing(.meshUrl, "HERALD_FEED_MAILBOX is, so set it too")
        }
        feedMailbox = mailbox.text
    }

    private static func types(_ names: String) throws -> Set<String> {
        let types = names.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).uppercased() }
        let areCodes = types.allSatisfy { type in
            !type.isEmpty && type.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
        }
        guard areCodes, !types.isEmpty else {
            throw ConfigurationError.invalid(.feedTypes, "must be codes of vaccine types, e.g. FLU,COVID")
        }
        return Set(types)
    }
}
