import Access
import ArgumentParser
import Foundation
import MESH
import Outbound
import Subscriptions
import Vaccination

/// What is registered of a client besides its name, suppliers and scopes (`auth.md` §8).
struct RegistrationOptions: ParsableArguments {
    @Option(
        help:
            "What it may do with records of a vaccine type, e.g. FLU.RS out of CRUDS, in place of what its suppliers may; repeatable."
    )
    var permission: [String] = []
    @Option(help: "A grant of the token endpoint it may use: client-credentials or token-exchange; repeatable.")
    var grant: [GrantName] = []
    @Option(help: "A file with its public keys, as a JWK set.") var jwks: String?
    @Option(help: "Where it publishes its public keys (https).") var jwksUrl: String?
    @Option(help: "Its own client id at an identity provider: aud of the id tokens it may exchange; repeatable.")
    var idpClientId: [String] = []
    @Option(help: "The least a patient's identity must be established to: P9 or P5.") var minProofing: ProofingName?
    @Option(help: "Requests a second and burst, e.g. 20/40, in place of what the hub allows everybody.")
    var rateLimit: String?
    @Option(help: "A PEM file with a certificate of which it must present one; repeatable.") var certificate: [String] =
        []
    @Option(help: "The SHA-256 of such a certificate, in hexadecimal digits or base64url; repeatable.")
    var certificateThumbprint: [String] = []
    @Flag(inversion: .prefixedNo, help: "Show it restricted patients in full. Every such access is audited as one.")
    var unredacted: Bool?
    @Option(help: "An organisation (ODS code) it works for; files of others are refused then; repeatable.")
    var odsCode: [String] = []
    @Option(
        help:
            "A host of its endpoints, e.g. hooks.example.nhs.uk or *.example.nhs.uk: it need not echo Herald-Challenge; repeatable."
    )
    var endpointHost: [String] = []
    @Option(
        help: "A network its endpoints may be in although it is no public one, e.g. 10.20.0.0/16 on HSCN; repeatable."
    )
    var endpointNetwork: [String] = []
    @Option(help: "Its accredited system id (ASID), 12 digits: fromASID of its requests for national events.")
    var asid: String?
    @Option(help: "A kind of national event subscription it may make: explicit or generic; repeatable.")
    var eventKind: [EventKindName] = []
    @Option(help: "A national event it may subscribe to, e.g. VACCINATIONS_1 or vaccinations-1; repeatable.")
    var event: [String] = []
    @Option(
        help: "A MESH mailbox its national event subscriptions may name, with its owner, e.g. RY6HC001=RY6; repeatable."
    )
    var mailbox: [String] = []

    enum EventKindName: String, ExpressibleByArgument, CaseIterable {
        case explicit, generic

        var kind: EventRights.Kind { self == .explicit ? .explicit : .generic }
    }

    enum GrantName: String, ExpressibleByArgument, CaseIterable {
        case clientCredentials = "client-credentials"
        case tokenExchange = "token-exchange"

        var grant: TokenGrant { self == .clientCredentials ? .clientCredentials : .tokenExchange }
    }

    enum ProofingName: String, ExpressibleByArgument, CaseIterable {
        case p9 = "P9"
        case p5 = "P5"
    }

    func validate() throws {
        if jwks != nil, jwksUrl != nil { throw ValidationError("Give either --jwks or --jwks-url.") }
    }

    /// What the options say, checked; ready to be put into a registration.
    ///
    /// - Throws: ``CommandFailure`` that says which option to mend.
    func parsed(isDevelopment: Bool) throws -> Parsed {
        var parsed = Parsed()
        do {
            if !permission.isEmpty { parsed.permissions = try VaccinePermissions(permission) }
            if let jwks { parsed.keys = try ClientKeys(keySet: Self.text(jwks)) }
            if let jwksUrl { parsed.keys = try ClientKeys(url: jwksUrl, isDevelopment: isDevelopment) }
        } catch let error as VaccinePermissionError {
            throw CommandFailure("--permission: \(error)")
        } catch let error as ClientKeysError {
            throw CommandFailure("\(jwks == nil ? "--jwks-url" : "--jwks"): \(error)")
        }
        if parsed.permissions?.namesAnyType == true, !isDevelopment {
            throw CommandFailure(
                "--permission: the type * is for development only (HERALD_DEVELOPMENT); name the types"
            )
        }
        if let rateLimit {
            guard let limit = RateLimit(rateLimit) else {
                throw CommandFailure("--rate-limit: write requests a second and burst, for instance 20/40")
            }
            parsed.rateLimit = limit
        }
        let files = try certificate.map { try Self.thumbprint(file: $0) }
        let texts = try certificateThumbprint.map { try Self.thumbprint($0) }
        parsed.thumbprints = Set(files + texts)
        parsed.odsCodes = Set(try odsCode.map { try Self.odsCode($0) })
        parsed.endpointHosts = Set(try endpointHost.map { try Self.host($0) })
        parsed.endpointNetworks = Set(try endpointNetwork.map { try Self.network($0) })
        if let asid {
            guard EventRights.isASID(asid) else { throw CommandFailure("--asid: write its 12 digits") }
            parsed.eventRights.asid = asid
        }
        parsed.eventRights.kinds = Set(eventKind.map(\.kind))
        parsed.eventRights.events = Set(try event.map { try Self.workflow($0) })
        for entry in try mailbox.map({ try Self.mailbox($0) }) {
            parsed.eventRights.mailboxes[entry.mailbox] = entry.owner
        }
        parsed.grants = Set(grant.map(\.grant))
        parsed.idpClientIDs = Set(idpClientId)
        parsed.minimumProofing = minProofing.flatMap { ProofingLevel(rawValue: $0.rawValue) }
        parsed.isUnredacted = unredacted
        return parsed
    }

    /// Options after their checks; what was not given is nil or empty.
    struct Parsed: Sendable {
        var permissions: VaccinePermissions?
        var grants: Set<TokenGrant> = []
        var keys: ClientKeys?
        var idpClientIDs: Set<String> = []
        var minimumProofing: ProofingLevel?
        var rateLimit: RateLimit?
        var thumbprints: Set<String> = []
        var isUnredacted: Bool?
        var odsCodes: Set<String> = []
        var endpointHosts: Set<String> = []
        var endpointNetworks: Set<String> = []
        var eventRights = EventRights()

        /// Puts what was given in place of what the client has.
        func apply(to client: inout RegisteredClient) {
            client.permissions = permissions ?? client.permissions
            client.keys = keys ?? client.keys
            client.minimumProofing = minimumProofing ?? client.minimumProofing
            client.rateLimit = rateLimit ?? client.rateLimit
            client.isUnredacted = isUnredacted ?? client.isUnredacted
            if !grants.isEmpty { client.grants = grants }
            if !idpClientIDs.isEmpty { client.idpClientIDs = idpClientIDs }
            if !thumbprints.isEmpty { client.certificateThumbprints = thumbprints }
            if !odsCodes.isEmpty { client.odsCodes = odsCodes }
            if !endpointHosts.isEmpty { client.endpointHosts = endpointHosts }
            if !endpointNetworks.isEmpty { client.endpointNetworks = endpointNetworks }
            client.eventRights.asid = eventRights.asid ?? client.eventRights.asid
            if !eventRights.kinds.isEmpty { client.eventRights.kinds = eventRights.kinds }
            if !eventRights.events.isEmpty { client.eventRights.events = eventRights.events }
            if !eventRights.mailboxes.isEmpty { client.eventRights.mailboxes = eventRights.mailboxes }
        }
    }

    private static func text(_ file: String) throws -> String {
        do {
            return try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw CommandFailure("\(file) cannot be read as text")
        }
    }

    private static func thumbprint(file: String) throws -> String {
        guard let thumbprint = CertificateThumbprint.ofPEM(try text(file)) else {
            throw CommandFailure("--certificate: \(file) holds no certificate in PEM form")
        }
        return thumbprint
    }

    private static func thumbprint(_ text: String) throws -> String {
        guard let thumbprint = CertificateThumbprint.normalised(text) else {
            throw CommandFailure(
                "--certificate-thumbprint: write the 64 hexadecimal digits of openssl x509 -fingerprint -sha256, or x5t#S256"
            )
        }
        return thumbprint
    }

    private static func host(_ text: String) throws -> String {
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        guard let url = try? EndpointURL("https://\(name)/", policy: AddressPolicy()), url.authority == url.host else {
            throw CommandFailure(
                "--endpoint-host: write a domain name such as hooks.example.nhs.uk or *.example.nhs.uk"
            )
        }
        return text.hasPrefix("*.") ? "*.\(url.host)" : url.host
    }

    private static func network(_ text: String) throws -> String {
        guard let network = IPNetwork(text) else {
            throw CommandFailure("--endpoint-network: write an address and its bits, for instance 10.20.0.0/16")
        }
        return network.description
    }

    private static func workflow(_ text: String) throws -> String {
        guard let event = NationalEvent(workflowID: text.uppercased()) ?? NationalEvent(rawValue: text.lowercased())
        else {
            let known = NationalEvent.allCases.map(\.workflowID).joined(separator: ", ")
            throw CommandFailure("--event: '\(text)' is none of \(known)")
        }
        return event.workflowID
    }

    private static func mailbox(_ text: String) throws -> (mailbox: String, owner: String) {
        let halves = text.split(separator: "=", omittingEmptySubsequences: false)
        guard halves.count == 2, let mailbox = MailboxID(String(halves[0])), let owner = ODSCode(halves[1]) else {
            throw CommandFailure("--mailbox: write the mailbox and the ODS code of its owner, e.g. RY6HC001=RY6")
        }
        return (mailbox.text, owner.text)
    }

    private static func odsCode(_ text: String) throws -> String {
        guard let code = ODSCode(text) else { throw CommandFailure("--ods-code: '\(text)' is not an ODS code") }
        return code.text
    }
}

/// What a client may be rid of with `herald clients update --clear`.
enum ClearableRegistration: String, ExpressibleByArgument, CaseIterable {
    case permissions
    case keys
    case idpClientIds = "idp-client-ids"
    case rateLimit = "rate-limit"
    case certificates
    case odsCodes = "ods-codes"
    case endpointHosts = "endpoint-hosts"
    case endpointNetworks = "endpoint-networks"
    case eventRights = "event-rights"

    func apply(to client: inout RegisteredClient) {
        switch self {
        case .permissions: client.permissions = nil
        case .keys: client.keys = nil
        case .idpClientIds: client.idpClientIDs = []
        case .rateLimit: client.rateLimit = nil
        case .certificates: client.certificateThumbprints = []
        case .odsCodes: client.odsCodes = []
        case .endpointHosts: client.endpointHosts = []
        case .endpointNetworks: client.endpointNetworks = []
        case .eventRights: client.eventRights = EventRights()
        }
    }
}
