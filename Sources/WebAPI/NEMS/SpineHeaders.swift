import Access
import HTTPTypes
import Hummingbird

/// The headers by which a Spine client says who it is and what it does (`nems.md` §2.2).
///
/// They grant nothing. Of a client with a registered ASID all three must be there and right; of others those that are there.
enum SpineHeaders {
    /// - Parameters:
    ///   - request: The request.
    ///   - interaction: The operation's InteractionID.
    ///   - client: The client's registration.
    ///   - hub: The hub's own ASID, if it has one.
    /// - Throws: 400 for a header that is missing or wrong, 403 for another's ASID.
    static func check(
        _ request: Request,
        interaction: String,
        _ client: RegisteredClient?,
        hub: String?
    ) throws(SpineRefusal) {
        let registered = client?.eventRights.asid
        func value(_ name: HTTPField.Name) throws(SpineRefusal) -> String? {
            let values = request.headers[values: name]
            guard values.count < 2 else { throw .header("\(name) HTTP Header must be there once") }
            guard let value = values.first else {
                if registered != nil { throw .header("\(name) HTTP Header is missing") }
                return nil
            }
            return value
        }
        func asid(_ name: HTTPField.Name, _ expected: String?) throws(SpineRefusal) {
            guard let value = try value(name) else { return }
            guard EventRights.isASID(value) else { throw .header("\(name) HTTP Header must be 12 digits") }
            guard registered == nil || expected == nil || value == expected else {
                throw SpineRefusal(
                    .forbidden,
                    "forbidden",
                    .asidCheckFailed,
                    "\(name) is not the ASID that is registered for this interaction."
                )
            }
        }
        try asid(HeaderName.fromASID, registered)
        try asid(HeaderName.toASID, hub)
        if let value = try value(HeaderName.interactionID), value != interaction {
            throw .header("InteractionID HTTP Header does not fit the request: it must be \(interaction)")
        }
    }
}
