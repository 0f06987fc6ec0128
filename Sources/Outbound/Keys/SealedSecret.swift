/// A secret as it is kept at rest (`delivery.md` §12).
///
/// It is encrypted with a key of its own, and that key with one of the hub's key file: replacing the hub's key means wrapping the
/// small keys again, and nothing else.
package struct SealedSecret: Hashable, Sendable {
    /// Which key of the hub's file the row's own key is wrapped with.
    package var wrappingKey: String
    /// The row's own key, encrypted.
    package var wrappedKey: [UInt8]
    /// The secret, encrypted with the row's own key.
    package var sealed: [UInt8]

    package init(wrappingKey: String, wrappedKey: [UInt8], sealed: [UInt8]) {
        self.wrappingKey = wrappingKey
        self.wrappedKey = wrappedKey
        self.sealed = sealed
    }
}
