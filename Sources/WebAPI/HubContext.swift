package import Access
package import Hummingbird
import NIOCore

/// What a request carries from one middleware to the next.
package struct HubContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who asks, once the token has been checked.
    package var caller: Caller?
    /// The registration of the caller's client, if it has one.
    package var client: RegisteredClient?
    /// The certificate the client showed; nil without TLS, or where the listener asks for none.
    package var certificate: ClientCertificate?
    /// What the caller may do with records of which vaccine types; nothing until the token has been checked.
    package var permissions = VaccinePermissions.none
    /// What is taken down about the request for the audit trail; any route or middleware adds what it knows.
    package let audit = AuditNotes()
    /// Where the request comes from: the connection's other end, or whom a trusted gateway names.
    package var sourceAddress: String?
    /// The connection, to ask for a body that the client holds back.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = CoreRequestContextStorage(source: source)
    }

    /// The checked caller of a route behind ``BearerMiddleware``.
    ///
    /// - Throws: A 401 where a route was put together without it: deny when unsure.
    func requireCaller() throws(HubError) -> Caller {
        guard let caller else { throw HubError(AccessError.missingToken) }
        return caller
    }
}
