package import FHIR
package import Foundation

/// Why a resource is no subscription of the profile; the text names elements, never values.
package enum EventSubscriptionFault: Error, Hashable, Sendable {
    /// The client chose an id.
    case idSent
    /// An element is missing, forbidden or of another form.
    case element(String)
}

/// A Subscription of the profile EMS-Subscription-1 as a client sends it (`nems.md` §4.2); its criteria is not looked into.
package struct EventSubscriptionForm: Sendable, Hashable {
    package static let profile = "https://fhir.nhs.uk/STU3/StructureDefinition/EMS-Subscription-1"
    private static let directory = "https://directory.spineservices.nhs.uk/STU3/Organization/"
    private static let elements: Set = [
        "resourceType", "meta", "text", "contained", "status", "contact", "end", "reason", "criteria", "channel",
    ]

    /// ODS code of the organisation that subscribes.
    package let organisation: String
    package let mailbox: String
    package let reason: String
    package let criteria: String
    package let end: Date?
    /// All contacts' values.
    package let contacts: [String]
    /// What is kept of the resource.
    package let stated: JSONValue

    /// Reads the resource.
    package init(_ resource: JSONValue) throws(EventSubscriptionFault) {
        guard resource["resourceType"] == "Subscription" else { throw .element("The resource must be a Subscription.") }
        guard resource["id"] == nil else { throw .idSent }
        for member in resource.object?.members ?? [] where !Self.elements.contains(member.name) {
            throw .element("The profile does not allow one of the elements, such as error or tag. Leave it out.")
        }
        for contained in resource["contained"]?.array ?? [] where contained["resourceType"] != "Provenance" {
            throw .element("contained may hold Provenance only.")
        }
        guard resource["status"] == "requested" else { throw .element("status must be requested.") }
        guard let reason = Self.filled(resource["reason"]) else { throw .element("reason must hold text.") }
        guard let criteria = resource["criteria"]?.string else { throw .element("criteria must be there.") }
        self.reason = reason
        self.criteria = criteria
        (organisation, contacts) = try Self.contacts(resource)
        mailbox = try Self.mailbox(resource["channel"])
        end = try Self.end(resource["end"])
        let kept = resource.object?.members.filter {
            ["contact", "end", "reason", "criteria", "channel"].contains($0.name)
        }
        stated = .object(JSONObject(kept ?? []))
    }

    private static func contacts(
        _ resource: JSONValue
    ) throws(EventSubscriptionFault) -> (organisation: String, all: [String]) {
        guard let contacts = resource["contact"]?.array, let first = contacts.first else {
            throw .element("contact must name the subscribing organisation first.")
        }
        guard first["system"] == "url", first["use"] == "work", let url = first["value"]?.string,
            url.hasPrefix(directory),
            let code = Optional(url.dropFirst(directory.count)), (1...12).contains(code.utf8.count),
            code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
        else {
            throw .element("The first contact must have system url, use work and the value \(directory)ODS-CODE.")
        }
        for contact in contacts {
            let others = contact.object?.members.filter { !["system", "value", "use"].contains($0.name) }
            guard contact.object != nil, others?.isEmpty == true, filled(contact["value"]) != nil else {
                throw .element("Each contact must have a value, and may have system and use.")
            }
        }
        return (String(code), contacts.compactMap { $0["value"]?.string })
    }

    private static func mailbox(_ channel: JSONValue?) throws(EventSubscriptionFault) -> String {
        guard channel?["type"] == "message" else { throw .element("channel.type must be message.") }
        guard let mailbox = channel?["endpoint"]?.string, (1...64).contains(mailbox.utf8.count),
            mailbox.utf8.allSatisfy({ $0.isLetterOrDigit })
        else { throw .element("channel.endpoint must be the id of a MESH mailbox.") }
        let others = channel?.object?.members.filter { !["type", "endpoint", "payload", "header"].contains($0.name) }
        guard others?.isEmpty == true else {
            throw .element("channel may hold type, endpoint, payload and header only.")
        }
        return mailbox
    }

    private static func end(_ value: JSONValue?) throws(EventSubscriptionFault) -> Date? {
        guard let value else { return nil }
        guard let end = value.string.flatMap({ FHIRInstant($0) }) else {
            throw .element("end must be an instant: date, time and offset.")
        }
        return end.date
    }

    private static func filled(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.allSatisfy(\.isWhitespace) else { return nil }
        return text
    }
}
