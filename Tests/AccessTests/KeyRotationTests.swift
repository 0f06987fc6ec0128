import Crypto
import Foundation
import Testing

@testable import Access

@Suite("Key rotation (A-18)")
struct KeyRotationTests {
    private let start = TokenForge.start
    private let day: TimeInterval = 24 * 3600

    @Test("A-18: the next key signs once it has been published for 24 hours")
    func stagedRotationWaits() throws {
        let keys = try SigningKeys.generate(now: start)
        let soon = start.addingTimeInterval(3600)
        let rotated = try keys.rotated(.staged, now: soon)
        #expect(rotated.keys.count == 3)
        #expect(rotated.active(at: soon).id == keys.keys[0].id)
        #expect(rotated.active(at: start.addingTimeInterval(day - 1)).id == keys.keys[0].id)
        #expect(rotated.active(at: start.addingTimeInterval(day)).id == keys.keys[1].id)
        // A second rotation would overtake the first.
        #expect(throws: SigningKeyError.rotating(until: start.addingTimeInterval(day))) {
            try rotated.rotated(.staged, now: soon)
        }
        #expect(try rotated.rotated(.immediate, now: soon).active(at: soon).id == keys.keys[1].id)
    }

    @Test("A-18: a key that has waited long enough takes over at once")
    func waitingKeyTakesOver() throws {
        let keys = try SigningKeys.generate(now: start)
        let later = start.addingTimeInterval(30 * day)
        let rotated = try keys.rotated(.staged, now: later)
        #expect(rotated.active(at: later).id == keys.keys[1].id)
        #expect(rotated.keys.last?.publishedFrom == later && rotated.keys.last?.activeFrom == nil)
    }

    @Test("A-18: at least two keys are published, and an old one for 24 hours after its last use")
    func oldKeysAreKeptForADay() throws {
        var keys = try SigningKeys.generate(now: start)
        var now = start
        for _ in 0..<10 {
            now = now.addingTimeInterval(2 * day)
            let signing = keys.active(at: now).id
            keys = try keys.rotated(.staged, now: now)
            #expect((2...4).contains(keys.keys.count))
            #expect(keys.keys.contains { $0.id == signing })
        }
        let signing = keys.active(at: now).id
        let first = try keys.rotated(.immediate, now: now.addingTimeInterval(1))
        let almost = try first.rotated(.immediate, now: now.addingTimeInterval(day))
        #expect(almost.keys.contains { $0.id == signing })
        let after = try first.rotated(.immediate, now: now.addingTimeInterval(day + 700))
        #expect(!after.keys.contains { $0.id == signing })
    }

    @Test("A-18: withdrawn keys are gone")
    func withdrawalReplacesEveryKey() throws {
        let keys = try SigningKeys.generate(now: start)
        let rotated = try keys.rotated(.withdrawing, now: start)
        #expect(Set(rotated.keys.map(\.id)).isDisjoint(with: keys.keys.map(\.id)) && rotated.keys.count == 2)
    }

    @Test("A-18: the report names states and days, never keys")
    func reportSaysWhatKeysDo() throws {
        let keys = try SigningKeys.generate(now: start).rotated(.staged, now: start)
        #expect(keys.report(now: start).map(\.state) == [.signing, .waiting, .waiting])
        let later = keys.report(now: start.addingTimeInterval(day))
        #expect(later.map(\.state) == [.retired, .signing, .waiting])
        #expect(later[0].activeUntil == start.addingTimeInterval(day))
    }

    @Test("A-18: rotations in several processes at once follow one another")
    func rotationsDoNotOverwriteEachOther() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let now = Date()
        _ = try SigningKeys.loadOrCreate(in: folder, now: now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask { _ = try SigningKeys.rotate(in: folder, .immediate, now: now) }
            }
            try await group.waitForAll()
        }
        // Two at first, and one more by each.
        #expect(try SigningKeys.load(in: folder).keys.count == 10)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [SigningKeys.fileName])
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(SigningKeys.fileName)")[
            .posixPermissions
        ]
        #expect(mode as? Int == 0o600)
    }

    @Test("A-53: keys do not show in dumps")
    func keysAreNotDumped() throws {
        let keys = try SigningKeys.generate(now: start)
        let secret = keys.keys[0].privateKey.rawRepresentation
        var dumped = ""
        dump(keys, to: &dumped)
        dump(KeyRing(keys), to: &dumped)
        dumped += "\(keys) \(String(reflecting: keys))"
        #expect(!dumped.contains("PrivateKey") && !dumped.contains(Base64URL.encode(secret)))
        #expect(!dumped.contains(secret.map { String($0) }.joined(separator: ", ")))
    }
}
