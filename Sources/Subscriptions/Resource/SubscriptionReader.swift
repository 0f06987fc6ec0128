import FHIR
import Foundation

/// Reads a Subscription and collects everything that is wrong with it; ``SubscriptionReader+Channel`` has the channel.
struct SubscriptionReader {
    let rules: SubscriptionForm.Rules
    var form = SubscriptionForm()
    private(set) var findings: [SubscriptionFinding] = []

    init(rules: SubscriptionForm.Rules) {
        self.rules = rules
        form.release = rules.release
    }

    /// The elements of a Subscription in R4 and R4B; those that are primitive may have extensions beside them.
    private static let elements: [String: Bool] = [
        "resourceType": false, "id": true, "meta": false, "implicitRules": true, "language": true, "text": false,
        "contained": false, "extension": false, "modifierExtension": false, "status": true, "contact": false,
        "end": true,
        "reason": true, "criteria": true, "error": true, "channel": false,
    ]

    mutating func read(_ body: JSONValue) {
        guard let object = body.object, object["resourceType"]?.string == "Subscription" else {
            return malformed(
                .invalid,
                "The body must be a Subscription: its resourceType says otherwise.",
                "Subscription"
            )
        }
        known(object, Self.elements, "Subscription")
        form.id = text(body, "id", "Subscription")
        if body["implicitRules"] != nil {
            fault(.notSupported, "implicitRules are not supported; leave them out.", "Subscription.implicitRules")
        }
        noModifiers(body, "Subscription")
        readStatus(body)
        if let reason = text(body, "reason", "Subscription") {
            form.reason = reason
        } else if body["reason"] == nil {
            required("reason", "Say in reason why the subscription exists.")
        }
        readContact(body)
        readEnd(body)
        readCriteria(body)
        if body["channel"] == nil {
            required("channel", "Say in channel where notifications go.")
        } else if let channel = body["channel"], channel.object != nil {
            readChannel(channel)
        } else {
            malformed(.structure, "channel must be an object.", "Subscription.channel")
        }
        form.stated = stated(object)
    }

    private mutating func readStatus(_ body: JSONValue) {
        guard body["status"] != nil else { return required("status", "Send the status requested.") }
        switch text(body, "status", "Subscription") {
        // Many clients send active; the server alone makes it so.
        case "requested", "active": form.status = .requested
        case "off": form.status = .off
        case nil: break
        default: fault(.value, "status must be requested, or off; the server sets the others.", "Subscription.status")
        }
    }

    private mutating func readContact(_ body: JSONValue) {
        guard let contact = body["contact"] else { return }
        guard let points = contact.array, !points.isEmpty, points.allSatisfy({ $0.object != nil }) else {
            return malformed(.structure, "contact must be a list of contact points.", "Subscription.contact")
        }
        for (index, point) in points.enumerated() {
            if let value = text(point, "value", "Subscription.contact[\(index)]") { form.contact.append(value) }
        }
    }

    private mutating func readEnd(_ body: JSONValue) {
        guard let text = text(body, "end", "Subscription") else { return }
        guard let instant = FHIRInstant(text) else {
            return fault(.value, "end must be an instant, such as 2027-03-31T23:59:59Z.", "Subscription.end")
        }
        form.end = instant.date
        if instant.date <= rules.now { fault(.value, "end must lie in the future.", "Subscription.end") }
    }

    private mutating func readCriteria(_ body: JSONValue) {
        if body["criteria"] == nil {
            required("criteria", "Name the topic in criteria: \(rules.topic)")
        } else if let criteria = text(body, "criteria", "Subscription") {
            let parts = criteria.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] != rules.topic {
                fault(
                    .notSupported,
                    "criteria must be the topic that is offered, \(rules.topic)",
                    "Subscription.criteria"
                )
            } else if parts.count == 2, parts[1] != rules.topicVersion {
                fault(
                    .notSupported,
                    "The topic is offered in version \(rules.topicVersion) only; leave the version out, or send this one.",
                    "Subscription.criteria"
                )
            }
        }
        var texts: [FilterCriteria.Text] = []
        for (index, one) in extensions(of: body["_criteria"], "Subscription.criteria").enumerated()
        where one["url"]?.string == BackportURL.filter {
            let place = "Subscription.criteria.extension[\(index)]"
            if let text = one["valueString"]?.string {
                texts.append(FilterCriteria.Text(text, at: place))
            } else {
                fault(.structure, "A filter must have a valueString.", place)
            }
        }
        let criteria = FilterCriteria(texts, topic: rules.topic, vaccineTypes: rules.vaccineTypes)
        form.filter = criteria.filter
        findings += criteria.findings
    }

    /// The resource as it is kept: without Herald's own elements and the values of headers.
    private func stated(_ object: JSONObject) -> JSONValue {
        var object = object
        for name in ["id", "_id", "status", "_status", "error", "_error"] { object[name] = nil }
        if var meta = object["meta"]?.object {
            for name in ["versionId", "lastUpdated"] { meta[name] = nil }
            object["meta"] = meta.members.isEmpty ? nil : .object(meta)
        }
        if var channel = object["channel"]?.object, let lines = channel["header"]?.array {
            channel["header"] = .array(lines.map { .string($0.string.flatMap(HeaderLine.init)?.masked ?? "") })
            object["channel"] = .object(channel)
        }
        return .object(object)
    }
}

extension SubscriptionReader {
    mutating func fault(_ type: OperationOutcome.IssueType, _ text: String, _ expression: String) {
        findings.append(SubscriptionFinding(type, text, at: expression))
    }

    mutating func malformed(_ type: OperationOutcome.IssueType, _ text: String, _ expression: String) {
        findings.append(SubscriptionFinding(type, text, at: expression, isMalformed: true))
    }

    mutating func required(_ element: String, _ advice: String) {
        fault(.required, "\(element) is missing. \(advice)", "Subscription.\(element)")
    }

    /// Refuses elements that a type does not have: what is not understood must not be passed over.
    mutating func known(_ object: JSONObject, _ elements: [String: Bool], _ path: String) {
        for member in object.members {
            let isBeside = member.name.hasPrefix("_") && elements[String(member.name.dropFirst())] == true
            guard elements[member.name] == nil, !isBeside else { continue }
            malformed(.structure, "There is no element '\(member.name.prefix(64))' in \(path).", path)
        }
    }

    mutating func noModifiers(_ value: JSONValue, _ path: String) {
        guard value["modifierExtension"] != nil else { return }
        fault(.extension, "No modifier extension is understood; leave it out.", "\(path).modifierExtension")
    }

    /// The text of an element; nil where it is absent, or no text, which is then said.
    mutating func text(_ value: JSONValue, _ name: String, _ path: String) -> String? {
        guard let element = value[name] else { return nil }
        guard let text = element.string, !text.allSatisfy(\.isWhitespace), !text.contains("\0") else {
            malformed(.structure, "\(name) must be a text that is not empty.", "\(path).\(name)")
            return nil
        }
        return text
    }

    /// The extensions of an element or beside it.
    mutating func extensions(of value: JSONValue?, _ path: String) -> [JSONValue] {
        guard let list = value?["extension"] else { return [] }
        guard let extensions = list.array, extensions.allSatisfy({ $0["url"]?.string != nil }) else {
            malformed(.structure, "extension must be a list of extensions, each with a url.", "\(path).extension")
            return []
        }
        return extensions
    }
}
