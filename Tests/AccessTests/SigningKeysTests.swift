import Foundation
import Glibc
import Testing

@testable import Access

@Suite("Signing keys on disk (A-17, A-18)")
struct SigningKeysTests {
    /// Lends a folder of its own, with one missing level so that the keys have to make it.
    private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let root = FileManager.default.temporaryDirectory.appending(path: "herald-keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        return try await body(root + "/data/.herald")
    }

    private func mode(_ path: String) throws -> UInt32 {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return UInt32(try #require(attributes[.posixPermissions] as? Int))
    }

    private func keyFile(_ folder: String) -> String { "\(folder)/\(SigningKeys.fileName)" }

    @Test func firstStartMakesAFileForTheOwnerOnly() async throws {
        try await withFolder { folder in
            _ = try SigningKeys.loadOrCreate(in: folder, now: TokenForge.start)
            #expect(try mode(folder) == 0o700)
            #expect(try mode(keyFile(folder)) == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [SigningKeys.fileName])
        }
    }

    @Test func laterStartsFindTheSameKeys() async throws {
        try await withFolder { folder in
            let first = try SigningKeys.loadOrCreate(in: folder, now: TokenForge.start)
            let second = try SigningKeys.loadOrCreate(in: folder, now: .distantFuture)
            let beside = try SigningKeys.load(in: folder)
            #expect(first.jwks == second.jwks && first.jwks == beside.jwks)
            let start = TokenForge.start
            #expect(first.active(at: start).id == beside.active(at: start).id)
            #expect(second.active(at: start).id == first.keys[0].id)
        }
    }

    @Test func processesThatStartTogetherShareOneKey() async throws {
        for _ in 0..<10 {
            try await withFolder { folder in
                let sets = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                    for _ in 0..<8 {
                        group.addTask { try SigningKeys.loadOrCreate(in: folder, now: TokenForge.start).jwks }
                    }
                    return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
                }
                #expect(sets.count == 1)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [SigningKeys.fileName])
            }
        }
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o620] as [mode_t])
    func fileOpenToOthersIsRefusedWithTheRemedy(mode: mode_t) async throws {
        try await withFolder { folder in
            _ = try SigningKeys.loadOrCreate(in: folder, now: TokenForge.start)
            try #require(chmod(keyFile(folder), mode) == 0)
            for load in [{ try SigningKeys.load(in: folder) }, { try SigningKeys.loadOrCreate(in: folder, now: .now) }]
            {
                let error = #expect(throws: SigningKeyError.self) { try load() }
                #expect(error == .exposed(path: keyFile(folder), mode: mode))
                #expect(error?.description.contains("chmod 600 \(keyFile(folder))") == true)
            }
        }
    }

    @Test func tokenCommandBesideNoHubSaysWhatToDo() async throws {
        try await withFolder { folder in
            let error = #expect(throws: SigningKeyError.self) { try SigningKeys.load(in: folder) }
            #expect(error == .missing(path: keyFile(folder)))
            #expect(error?.description.contains("herald serve") == true)
        }
    }

    @Test(arguments: ["", "{}", "{\"keys\":[]}", "{\"keys\":[{\"algorithm\":\"ES384\",\"privateKey\":\"SECRET\"}]}"])
    func damagedFileIsRefusedWithoutQuotingIt(content: String) async throws {
        try await withFolder { folder in
            _ = try SigningKeys.loadOrCreate(in: folder, now: TokenForge.start)
            try Data(content.utf8).write(to: URL(filePath: keyFile(folder)))
            try #require(chmod(keyFile(folder), 0o600) == 0)
            let error = #expect(throws: SigningKeyError.self) { try SigningKeys.load(in: folder) }
            #expect(error == .unreadable(path: keyFile(folder)))
            #expect(error?.description.contains("SECRET") == false)
        }
    }

    @Test("A-18: two published keys, none of them private")
    func publishedSetHoldsPublicPartsOnly() throws {
        let keys = try SigningKeys.generate(now: TokenForge.start)
        let text = String(decoding: keys.jwks, as: UTF8.self)
        #expect(text.contains(#""alg":"ES384""#) && text.contains(#""use":"sig""#) && text.contains(#""crv":"P-384""#))
        #expect(keys.keys.count == 2 && keys.keys.allSatisfy { text.contains("\"kid\":\"\($0.id)\"") })
        #expect(!text.contains("\"d\"") && !text.contains("PRIVATE"))
    }

    @Test("A-18: a key that was only published verifies once it signs")
    func rotationKeepsOldTokensValid() async throws {
        let old = try SigningKeys.generate(now: TokenForge.start)
        let turn = TokenForge.start.addingTimeInterval(3600)
        let rotated = try SigningKeys([old.keys[0], old.keys[1].activated(at: turn)])
        #expect(rotated.active(at: TokenForge.start).id == old.keys[0].id)
        #expect(rotated.active(at: turn).id == old.keys[1].id)
        #expect(rotated.active(at: .distantPast).id == old.keys[0].id)
        #expect(rotated.jwks == old.jwks)
    }
}
