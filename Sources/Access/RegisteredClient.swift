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

    package init(
        id: ClientID,
        name: String,
        suppliers: Set<String> = [],
        scopes: Scopes,
        isEnabled: Bool = true
    ) {
        self.id = id
        self.name = name
        self.suppliers = suppliers
        self.scopes = scopes
        self.isEnabled = isEnabled
    }
}

/// Where API clients are registered; implemented on PostgreSQL.
package protocol ClientStore: Sendable {
    /// A client, or nil where none is registered under this id.
    func client(_ id: ClientID) async throws -> RegisteredClient?

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

    package var description: String {
        switch self {
        case .exists(let id): "client \(id) is registered already; change it with herald clients update"
        case .unknown(let id): "there is no client \(id); herald clients list shows all"
        case .unknownSupplier(let name): "\(name) is not a supplier here; herald reference show lists them"
        }
    }
}
