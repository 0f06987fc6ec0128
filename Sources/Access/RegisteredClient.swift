/// An API client as operators registered it: what its tokens may cover at most, and for whom it sends files (`auth.md` §8).
package struct RegisteredClient: Hashable, Sendable {
    package let id: ClientID
    /// For people: whose system it is.
    package var name: String
    /// Names of the suppliers whose feeds it may send; none for a client that only reads.
    package var suppliers: Set<String>
    package var scopes: Scopes
    /// A client that is switched off is refused, whatever token it shows (A-20 row 10).
    package var isEnabled: Bool
    /// Its own vaccine permissions, in place of its suppliers'; nil where it has none of its own.
    package var permissions: VaccinePermissions?
    /// How it may get tokens at the token endpoint.
    package var grants: Set<TokenGrant> = [.clientCredentials]
    /// What its assertions are verified with; nil for a client that gets its tokens elsewhere.
    package var keys: ClientKeys?
    /// `aud` of the id tokens it may exchange: its own names at the identity providers.
    package var idpClientIDs: Set<String> = []
    /// The least that a patient's identity must be established to.
    package var minimumProofing = ProofingLevel.p9
    /// How often it may ask; nil for what the hub allows everybody.
    package var rateLimit: RateLimit?
    /// `x5t#S256` of the certificates of which it must present one; none for a client without that duty.
    package var certificateThumbprints: Set<String> = []
    /// Whether restricted patients are shown to it in full; never in a patient's mode.
    package var isUnredacted = false
    /// The organisations it works for, and whose files it may send; none for all those of its suppliers (§12).
    package var odsCodes: Set<String> = []
    /// Hosts of its endpoints, `example.nhs.uk` or `*.example.nhs.uk`: these need give no challenge back (`delivery.md` §8).
    package var endpointHosts: Set<String> = []
    /// Networks that its endpoints may be in although they are not of the public internet (D-73).
    package var endpointNetworks: Set<String> = []
    /// What it may do with national events (`nems.md` §4.5).
    package var eventRights = EventRights()

    package init(
        id: ClientID,
        name: String,
        suppliers: Set<String> = [],
        scopes: Scopes,
        isEnabled: Bool = true,
        permissions: VaccinePermissions? = nil
    ) {
        self.id = id
        self.name = name
        self.suppliers = suppliers
        self.scopes = scopes
        self.isEnabled = isEnabled
        self.permissions = permissions
    }
}

/// A client's registration with what its suppliers may do.
package struct ClientRegistration: Hashable, Sendable {
    package let client: RegisteredClient
    /// The union of the rows that its suppliers have in the reference data: the table that feeds go by too.
    package let supplierPermissions: VaccinePermissions

    package init(client: RegisteredClient, supplierPermissions: VaccinePermissions) {
        self.client = client
        self.supplierPermissions = supplierPermissions
    }

    /// What the client may do: its own entries where it has some, else its suppliers', else nothing; in production
    /// the type `*` counts for nothing.
    package func effectivePermissions(isProduction: Bool) -> VaccinePermissions {
        let permissions = client.permissions ?? supplierPermissions
        return isProduction ? permissions.inProduction : permissions
    }
}

/// Where API clients are registered; implemented on PostgreSQL.
package protocol ClientStore: Sendable {
    /// A client, or nil where none is registered under this id.
    func client(_ id: ClientID) async throws -> RegisteredClient?

    /// A client with what its suppliers may do, as of one moment; nil where none is registered under this id.
    func registration(of id: ClientID) async throws -> ClientRegistration?

    /// All clients, by id.
    func clients() async throws -> [RegisteredClient]

    /// Registers a client.
    ///
    /// - Throws: ``ClientError``.
    func create(_ client: RegisteredClient, by actor: String) async throws

    /// Changes a client; what another operator changes at the same moment is not lost.
    ///
    /// - Returns: The client as it is now.
    /// - Throws: ``ClientError``.
    @discardableResult
    func update(
        _ id: ClientID,
        by actor: String,
        _ change: @Sendable (inout RegisteredClient) -> Void
    ) async throws -> RegisteredClient
}

/// Why a client cannot be registered or changed.
package enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A client of this id is there already.
    case exists(ClientID)
    /// No client of this id is registered.
    case unknown(ClientID)
    /// No supplier of this name is in the reference data.
    case unknownSupplier(String)
    /// No vaccine type of this code is in the reference data.
    case unknownVaccineType(String)

    package var description: String {
        switch self {
        case .exists(let id): "client \(id) is registered already; change it with herald clients update"
        case .unknown(let id): "there is no client \(id); herald clients list shows all"
        case .unknownSupplier(let name): "\(name) is not a supplier here; herald reference show lists them"
        case .unknownVaccineType(let code): "\(code) is not a vaccine type here; herald reference show lists them"
        }
    }
}
