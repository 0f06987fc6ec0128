extension AddressPolicy {
    /// Judges an endpoint when somebody names it, as connections to it will be judged (D-70 to D-73).
    ///
    /// A name that cannot be looked up now passes: whether it leads anywhere is for the handshake to find out
    /// (`fhir-subscriptions.md` §5.1). What passes is judged again at each connection.
    ///
    /// - Parameters:
    ///   - text: What a subscriber or operator wrote.
    ///   - resolver: What looks its host up.
    /// - Returns: The URL.
    /// - Throws: ``EndpointURLError`` that says what to write instead.
    @discardableResult
    package func check(
        _ text: String,
        resolver: some AddressResolver = SystemResolver()
    ) async throws(EndpointURLError) -> EndpointURL {
        let url = try EndpointURL(text, policy: self)
        let addresses = if let address = url.address { [address] } else { await resolver.addresses(of: url.host) }
        // One that is denied is enough: a connection might take that one (D-72).
        guard addresses.allSatisfy(allows) else { throw .denied }
        return url
    }
}
