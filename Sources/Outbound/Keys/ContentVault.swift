package import Access

/// Keeps content that names patients, such as letters and their answers, encrypted at rest with the hub's keys.
package struct ContentVault: Sendable {
    private let keys: KeyRing<DeliveryKeys>

    package init(_ keys: KeyRing<DeliveryKeys>) { self.keys = keys }

    /// Content as it is kept; `place` says what it is and whose, and the same is needed to open it.
    ///
    /// - Throws: ``SecretError`` where there is no key.
    package func seal(_ content: [UInt8], at place: String) throws -> SealedSecret {
        try keys.current.seal(content, at: place)
    }

    /// Kept content in plain.
    ///
    /// - Throws: ``SecretError``.
    package func open(_ content: SealedSecret, at place: String) throws(SecretError) -> [UInt8] {
        try keys.current.open(content, at: place)
    }
}
