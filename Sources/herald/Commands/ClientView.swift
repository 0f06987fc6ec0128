import Access
import Feeds

/// A client as the commands print it.
struct ClientView: Encodable {
    let id, name, scopes: String
    let isEnabled: Bool
    let suppliers: [String]
    /// What each of its suppliers may do; not in lists.
    let supplierPermissions: [String: [String]]?
    /// Its own permissions, where it has some.
    let permissions: [String]?
    let grants: [String]
    /// `inline` or the address.
    let keys: String?
    let idpClientIDs: [String]
    let minimumProofing: String
    let rateLimit: String?
    let certificateThumbprints: [String]
    let isUnredacted: Bool
    let odsCodes: [String]
    let endpointHosts, endpointNetworks: [String]
    let asid: String?
    /// Its properties for national events, as the Spine names them, and its mailboxes with their owners.
    let eventProperties, mailboxes: [String]

    init(_ client: RegisteredClient, suppliers list: Suppliers?) {
        id = client.id.rawValue
        name = client.name
        scopes = client.scopes.description
        isEnabled = client.isEnabled
        suppliers = client.suppliers.sorted()
        supplierPermissions = list.map { list in
            Dictionary(
                client.suppliers.map { ($0, list.supplier(named: $0)?.permissionTexts ?? []) },
                uniquingKeysWith: { first, _ in first }
            )
        }
        permissions = client.permissions?.entries
        grants = client.grants.map(\.rawValue).sorted()
        keys =
            switch client.keys {
            case .inline: "inline"
            case .url(let address): address
            case nil: nil
            }
        idpClientIDs = client.idpClientIDs.sorted()
        minimumProofing = client.minimumProofing.rawValue
        rateLimit = client.rateLimit?.description
        certificateThumbprints = client.certificateThumbprints.sorted()
        isUnredacted = client.isUnredacted
        odsCodes = client.odsCodes.sorted()
        endpointHosts = client.endpointHosts.sorted()
        endpointNetworks = client.endpointNetworks.sorted()
        let rights = client.eventRights
        asid = rights.asid
        eventProperties =
            rights.kinds.map { "NEMS_SUBS_TYPE:\($0.rawValue)" }.sorted()
            + rights.events.map { "NEMS_EVENT_ID:\($0)" }.sorted()
        mailboxes = rights.mailboxes.map { "\($0)=\($1)" }.sorted()
    }

    /// Every line for people; what is as for everybody is left out.
    var lines: [String] {
        var lines = ["id: \(id)"]
        if !name.isEmpty { lines.append("name: \(name)") }
        lines.append("status: \(isEnabled ? "enabled" : "disabled")")
        lines.append("scopes: \(scopes.isEmpty ? "none" : scopes)")
        if suppliers.isEmpty { lines.append("acts for: no supplier, so it cannot send files") }
        for supplier in suppliers {
            let may = supplierPermissions?[supplier] ?? []
            lines.append(
                "acts for: \(supplier), which may \(may.isEmpty ? "send nothing yet" : may.joined(separator: " "))"
            )
        }
        if let permissions {
            lines.append("may: \(permissions.isEmpty ? "nothing" : permissions.joined(separator: " "))")
        } else {
            lines.append(
                "may: \(suppliers.isEmpty ? "nothing; give it --permission or a supplier" : "what its suppliers may")"
            )
        }
        lines.append("grants: \(grants.joined(separator: " "))")
        lines.append("keys: \(keys ?? "none, so the token endpoint refuses it")")
        if !idpClientIDs.isEmpty { lines.append("at identity providers: \(idpClientIDs.joined(separator: " "))") }
        lines.append("patients' identity at least: \(minimumProofing)")
        if let rateLimit { lines.append("rate limit: \(rateLimit)") }
        if !certificateThumbprints.isEmpty {
            lines.append("certificates: \(certificateThumbprints.joined(separator: " "))")
        }
        if isUnredacted { lines.append("restricted patients: shown in full") }
        if !odsCodes.isEmpty { lines.append("organisations: \(odsCodes.joined(separator: " "))") }
        if !endpointHosts.isEmpty { lines.append("endpoints at: \(endpointHosts.joined(separator: " "))") }
        if !endpointNetworks.isEmpty {
            lines.append("endpoints also in the networks: \(endpointNetworks.joined(separator: " "))")
        }
        if let asid { lines.append("ASID: \(asid)") }
        if !eventProperties.isEmpty { lines.append("national events: \(eventProperties.joined(separator: " "))") }
        if !mailboxes.isEmpty { lines.append("mailboxes: \(mailboxes.joined(separator: " "))") }
        return lines
    }
}
