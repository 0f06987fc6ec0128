import FHIR

extension SubscriptionReader {
    private static var channel: String { "Subscription.channel" }
    private static var elements: [String: Bool] {
        [
            "id": true, "extension": false, "modifierExtension": false, "type": true, "endpoint": true, "payload": true,
            "header": true,
        ]
    }

    mutating func readChannel(_ channel: JSONValue) {
        if let object = channel.object { known(object, Self.elements, Self.channel) }
        noModifiers(channel, Self.channel)
        readType(channel)
        readEndpoint(channel)
        readPayload(channel)
        readContent(channel)
        readTimes(channel)
        readHeaders(channel)
    }

    private mutating func readType(_ channel: JSONValue) {
        if channel["type"] == nil {
            required("channel.type", "rest-hook is offered.")
        } else if let type = text(channel, "type", Self.channel), type != "rest-hook" {
            fault(
                .notSupported,
                "Channel type '\(type.prefix(32))' is not offered; rest-hook is.",
                "\(Self.channel).type"
            )
        }
        let custom = extensions(of: channel["_type"], "\(Self.channel).type").contains {
            $0["url"]?.string == BackportURL.channelType
        }
        if custom { fault(.notSupported, "No channel but rest-hook is offered.", "\(Self.channel).type.extension") }
    }

    private mutating func readEndpoint(_ channel: JSONValue) {
        guard let endpoint = text(channel, "endpoint", Self.channel) else {
            guard channel["endpoint"] == nil else { return }
            return fault(.value, "endpoint is missing. Name the https URL to post to.", "\(Self.channel).endpoint")
        }
        form.endpoint = endpoint
        if let text = rules.endpointFault(endpoint) { fault(.value, text, "\(Self.channel).endpoint") }
    }

    /// A MIME type, which is sent as it stands here; of its parameters `fhirVersion` says the release.
    private mutating func readPayload(_ channel: JSONValue) {
        guard let payload = text(channel, "payload", Self.channel) else {
            guard channel["payload"] == nil else { return }
            return required("channel.payload", "application/fhir+json is offered.")
        }
        form.payload = payload
        guard let type = PayloadType(payload) else {
            return fault(.notSupported, "payload \(PayloadType.rule)", "\(Self.channel).payload")
        }
        guard type.isOffered else {
            return fault(
                .notSupported,
                "fhirVersion must be 4.0 or 4.3; no other is offered.",
                "\(Self.channel).payload"
            )
        }
        form.release = type.release ?? form.release
    }

    private mutating func readContent(_ channel: JSONValue) {
        let place = "\(Self.channel).payload.extension"
        let found = extensions(of: channel["_payload"], "\(Self.channel).payload").filter {
            $0["url"]?.string == BackportURL.content
        }
        guard let first = found.first else {
            return fault(
                .required,
                "The extension backport-payload-content is missing: empty, id-only or full-resource.",
                place
            )
        }
        guard found.count == 1 else { return fault(.structure, "backport-payload-content must come once.", place) }
        guard let code = first["valueCode"]?.string else {
            return fault(.structure, "backport-payload-content must have a valueCode.", place)
        }
        guard let content = Subscription.Content(rawValue: code) else {
            return fault(.codeInvalid, "backport-payload-content must be empty, id-only or full-resource.", place)
        }
        form.content = content
    }

    private mutating func readTimes(_ channel: JSONValue) {
        let all = extensions(of: channel, Self.channel)
        if let seconds = number(all, BackportURL.heartbeat, "valueUnsignedInt", SubscriptionForm.heartbeats) {
            form.heartbeat = .seconds(seconds)
        }
        if let seconds = number(all, BackportURL.timeout, "valueUnsignedInt", SubscriptionForm.timeouts) {
            form.timeout = .seconds(seconds)
        }
        if let count = number(all, BackportURL.maxCount, "valuePositiveInt", 1...Int(Int32.max)) {
            form.maxCount = min(count, SubscriptionForm.greatestMaxCount)
        }
    }

    private mutating func number(
        _ extensions: [JSONValue],
        _ url: String,
        _ type: String,
        _ range: ClosedRange<Int>
    ) -> Int? {
        let name = url.split(separator: "/").last ?? ""
        let places = extensions.indices.filter { extensions[$0]["url"]?.string == url }
        guard let place = places.first else { return nil }
        let path = "\(Self.channel).extension[\(place)]"
        guard places.count == 1 else {
            fault(.structure, "\(name) must come once.", path)
            return nil
        }
        guard let number = extensions[place][type]?.integer else {
            fault(.structure, "\(name) must have a \(type).", path)
            return nil
        }
        guard range.contains(number) else {
            fault(.value, "\(name) must lie between \(range.lowerBound) and \(range.upperBound).", path)
            return nil
        }
        return number
    }

    /// Lines of headers; a value that is the mask is the stored one of the same name.
    private mutating func readHeaders(_ channel: JSONValue) {
        guard let header = channel["header"] else { return }
        guard let lines = header.array, lines.allSatisfy({ $0.string != nil }) else {
            return malformed(.structure, "header must be a list of texts.", "\(Self.channel).header")
        }
        var stored = rules.storedHeaders.compactMap(HeaderLine.init)
        for (index, line) in lines.enumerated() {
            let place = "\(Self.channel).header[\(index)]"
            guard let line = line.string.flatMap(HeaderLine.init) else {
                fault(.value, "A header must be a line 'Name: value' without control characters.", place)
                continue
            }
            if line.isReserved {
                fault(.value, "The header \(line.name.prefix(64)) is Herald's own; it cannot be set.", place)
            } else if !line.isMasked {
                form.headers.append(line.text)
            } else if let known = stored.firstIndex(where: { $0.name.lowercased() == line.name.lowercased() }) {
                form.headers.append("\(line.name): \(stored.remove(at: known).value)")
            } else {
                fault(.value, "No value is stored for the header \(line.name.prefix(64)); send it.", place)
            }
        }
        if HeaderLine.exceedsLimits(count: lines.count, form.headers) {
            fault(.value, "At most 20 headers of 8 KiB in all are taken.", "\(Self.channel).header")
        }
    }
}
