import Access
import Foundation
import HeraldTestKit
import Outbound
import Testing

/// D-61, D-62 and `delivery.md` §12.
@Suite struct DeliveryKeysTests {
    private let secret = Array("a secret of a subscriber".utf8)

    @Test func aSecretOpensInItsOwnPlaceOnly() throws {
        let keys = DeliveryKeys.generate(now: Date())
        let sealed = try keys.seal(secret, at: "subscription/1/secret")
        #expect(try keys.open(sealed, at: "subscription/1/secret") == secret)
        #expect(throws: SecretError.damaged) { try keys.open(sealed, at: "subscription/2/secret") }
        var changed = sealed
        changed.sealed[20] ^= 1
        #expect(throws: SecretError.damaged) { try keys.open(changed, at: "subscription/1/secret") }
        #expect(!sealed.sealed.contains(secret) && !sealed.wrappedKey.contains(secret))
        let others = try (keys.seal(secret, at: "x"), keys.seal(secret, at: "x"))
        #expect(others.0 != others.1)
        #expect(throws: SecretError.unknownKey(sealed.wrappingKey)) {
            try DeliveryKeys.generate(now: Date()).open(sealed, at: "subscription/1/secret")
        }
    }

    @Test func keysAreMadeOnceForTheirOwnerOnly() throws {
        let folder = ScratchFolder.make()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/hub/" + DeliveryKeys.fileName
        let first = try DeliveryKeys.loadOrCreate(in: folder + "/hub", now: Date())
        let again = try DeliveryKeys.loadOrCreate(in: folder + "/hub", now: Date())
        #expect(first.signers(at: Date()).map(\.publicKey) == again.signers(at: Date()).map(\.publicKey))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let sealed = try first.seal(secret, at: "x")
        #expect(try again.open(sealed, at: "x") == secret)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: SigningKeyError.exposed(path: path, mode: 0o644)) { try DeliveryKeys.load(in: folder + "/hub") }
    }

    @Test func aNewSigningKeySignsBesideTheOldOneForTheGrace() throws {
        let folder = ScratchFolder.make()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let old = try DeliveryKeys.loadOrCreate(in: folder, now: start).signers(at: start)[0].publicKey
        let keys = try DeliveryKeys.rotate(in: folder, .notifications, grace: 3600, now: start)
        let both = keys.signers(at: start + 1).map(\.publicKey)
        #expect(both.count == 2 && both[1] == old)
        #expect(keys.signers(at: start + 3601).map(\.publicKey) == [both[0]])
        // Whoever verifies late finds the old key for another day.
        #expect(try WebhookPublicKey.keys(inSet: try keys.keySet(at: start + 80_000)) == both)
        #expect(try WebhookPublicKey.keys(inSet: try keys.keySet(at: start + 100_000)) == [both[0]])
        let emergency = try DeliveryKeys.rotate(in: folder, .notifications, grace: 0, now: start + 2)
        #expect(
            emergency.signers(at: start + 2).count == 1 && !both.contains(emergency.signers(at: start + 2)[0].publicKey)
        )
        #expect(try WebhookPublicKey.keys(inSet: try emergency.keySet(at: start + 2)).count == 1)
    }

    @Test func secretsAreWrappedAgainUnderANewKey() throws {
        let folder = ScratchFolder.make()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ring = try KeyRing<DeliveryKeys>(directory: folder, now: Date())
        let sealed = try ring.current.seal(secret, at: "x")
        #expect(try ring.current.rewrapped(sealed, at: "x") == nil)
        _ = try DeliveryKeys.rotate(in: folder, .secrets, grace: 0, now: Date())
        #expect(try ring.reload())
        let again = try #require(try ring.current.rewrapped(sealed, at: "x"))
        #expect(again.wrappingKey == ring.current.newestWrappingKey && again.sealed == sealed.sealed)
        #expect(try ring.current.open(again, at: "x") == secret)
        #expect(try ring.current.open(sealed, at: "x") == secret)
        #expect(try !ring.reload())
    }
}
