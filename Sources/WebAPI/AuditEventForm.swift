package import Access
package import FHIR
import Foundation

/// An audit record as FHIR R4 AuditEvent.
package struct AuditEventForm {
    static let clientSystem = "https://herald.nhs.uk/Id/client"
    static let interactionSystem = "http://hl7.org/fhir/restful-interaction"

    private let record: AuditRecord

    package init(_ record: AuditRecord) { self.record = record }

    /// The resource.
    package var json: JSONValue {
        var event = JSONObject()
        event["resourceType"] = "AuditEvent"
        event["id"] = .string(record.eventID.lowercaseText)
        event["type"] = Self.coding(
            "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "rest",
            "Restful Operation"
        )
        event["subtype"] = [Self.coding(Self.interactionSystem, record.interaction.rawValue)]
        event["action"] = .string(String(record.interaction.action))
        event["recorded"] = .string(FHIRInstant(record.recorded).description)
        event["outcome"] = .string(String(record.outcome.rawValue))
        let outcome = [record.status.map { "HTTP \($0)" }, record.issueCode].compactMap(\.self)
        event["outcomeDesc"] = outcome.isEmpty ? nil : .string(outcome.joined(separator: " "))
        event["agent"] = .array(agents)
        event["source"] = [
            "observer": ["display": .string("Herald" + (record.build.map { " \($0)" } ?? ""))],
            "type": [
                Self.coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")
            ],
        ]
        event["entity"] = entities.isEmpty ? nil : .array(entities)
        return .object(event)
    }

    /// Organisations, client, user and role; whoever asked is the requestor.
    private var agents: [JSONValue] {
        let organisations = [record.endUserOrganisation, record.roleOrganisation].compactMap(\.self)
        var agents = (organisations.isEmpty ? record.odsCodes ?? [] : organisations).prefix(2).map {
            Self.agent($0, in: FHIRSystem.odsCode, isRequestor: false)
        }
        let person: (value: String, system: String)? =
            switch record.mode {
            case .patient: record.tokenPatient.map { ($0, FHIRSystem.nhsNumber) }
            case .user:
                record.sdsUserID.map { ($0, "https://fhir.nhs.uk/Id/sds-user-id") }
                    ?? record.subject.map { ($0, record.issuer ?? Self.clientSystem) }
            default: nil
            }
        if let person { agents.append(Self.agent(person.value, in: person.system, isRequestor: true)) }
        if let role = record.roleProfileID {
            agents.append(Self.agent(role, in: "https://fhir.nhs.uk/Id/sds-role-profile-id", isRequestor: false))
        }
        agents.append(client(isRequestor: person == nil))
        return agents
    }

    /// The client, with where it called from; nobody knows it where the token was refused.
    private func client(isRequestor: Bool) -> JSONValue {
        var who = JSONObject()
        who["identifier"] = record.client.map { Self.identifier($0, in: Self.clientSystem) }
        let name = record.clientName ?? (record.client == nil ? "unknown" : nil)
        who["display"] = name.map(JSONValue.string)
        var agent = JSONObject()
        agent["who"] = .object(who)
        agent["requestor"] = .bool(isRequestor)
        // Type 2 of network-type: an IP address.
        agent["network"] = record.sourceAddress.map { ["address": .string($0), "type": "2"] }
        return .object(agent)
    }

    /// The patient, what was returned or changed, the request's id, and the query.
    private var entities: [JSONValue] {
        var entities: [JSONValue] = []
        if let patient = record.patient {
            entities.append([
                "what": ["identifier": Self.identifier(patient.digits, in: FHIRSystem.nhsNumber)],
                "type": Self.coding("http://hl7.org/fhir/resource-types", "Patient"),
            ])
        }
        for resource in record.resources { entities.append(Self.entity(resource)) }
        if let id = record.requestID {
            entities.append([
                "what": ["identifier": ["value": .string(id)]],
                "type": Self.coding("https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId"),
            ])
        }
        if let request { entities.append(request) }
        return entities
    }

    private static func entity(_ resource: AuditedResource) -> JSONValue {
        guard resource.type.first?.isUppercase == true, resource.type != "Feed" else {
            return ["what": ["identifier": ["value": .string(resource.reference)]]]
        }
        let reference = resource.reference + (resource.version.map { "/_history/\($0)" } ?? "")
        return [
            "what": ["reference": .string(reference)],
            "type": coding("http://hl7.org/fhir/resource-types", resource.type),
        ]
    }

    /// The request itself: parameters as the query, and what the answer was limited to.
    private var request: JSONValue? {
        var details: [JSONValue] = []
        func detail(_ name: String, _ value: String?) {
            if let value { details.append(["type": .string(name), "valueString": .string(value)]) }
        }
        detail("endpoint", record.endpoint)
        detail("change", record.change)
        detail("count", record.count.map(String.init))
        detail("vaccineTypes", record.vaccineTypesAsked?.joined(separator: " "))
        detail("vaccineTypesGranted", record.vaccineTypesGranted?.joined(separator: " "))
        if record.isRedacted == true { detail("redacted", "true") }
        if record.isUnredacted == true { detail("unredacted", "true") }
        guard !details.isEmpty || record.parameters != nil else { return nil }
        var entity = JSONObject()
        entity["type"] = Self.coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object")
        entity["role"] = Self.coding("http://terminology.hl7.org/CodeSystem/object-role", "24", "Query")
        entity["query"] = record.parameters.map { .string(Data($0.utf8).base64EncodedString()) }
        entity["detail"] = details.isEmpty ? nil : .array(details)
        return .object(entity)
    }

    private static func agent(_ value: String, in system: String, isRequestor: Bool) -> JSONValue {
        ["who": ["identifier": identifier(value, in: system)], "requestor": .bool(isRequestor)]
    }

    private static func identifier(_ value: String, in system: String) -> JSONValue {
        ["system": .string(system), "value": .string(value)]
    }

    private static func coding(_ system: String, _ code: String, _ display: String? = nil) -> JSONValue {
        var coding = JSONObject()
        coding["system"] = .string(system)
        coding["code"] = .string(code)
        coding["display"] = display.map(JSONValue.string)
        return .object(coding)
    }
}
