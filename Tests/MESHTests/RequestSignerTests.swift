import Foundation
import MESH
import Testing

@Suite struct RequestSignerTests {
    private let credentials: MailboxCredentials
    private let nonce = "6d3f1b7e-4f6c-4b8b-9a55-2f6f6a0f8f11"

    init() throws {
        credentials = MailboxCredentials(
            mailbox: try #require(MailboxID("X26HERALD1")),
            password: "heraldpw",
            sharedKey: "TestKey"
        )
    }

    @Test("TM-01: the header of the published vector") func vector() throws {
        let signer = RequestSigner(credentials, nonce: nonce, first: 1)
        let time = try Date("2026-11-22T10:45:59Z", strategy: .iso8601)
        #expect(
            signer.authorization(at: time)
                == "NHSMESH X26HERALD1:\(nonce):1:202611221045:"
                + "db0200081f75e8aab31aa7a595dcbabe8139742aec62b687f042ab3a7a804eb8"
        )
    }

    @Test("M-01: a nonce and a count are never used twice") func pairsAreUnique() async {
        let signer = RequestSigner(credentials)
        let pairs = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<500).map { _ in
                        signer.authorization(at: Date(timeIntervalSince1970: 0)).split(separator: ":")[1...2].joined(
                            separator: ":"
                        )
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(pairs).count == 4000)
        let another = RequestSigner(credentials).authorization(at: Date(timeIntervalSince1970: 0))
        #expect(!pairs.contains(another.split(separator: ":")[1...2].joined(separator: ":")))
    }

    @Test func credentialsSayNothingSecret() {
        let all = "\(credentials) " + String(reflecting: credentials.description)
        #expect(!all.contains("heraldpw") && !all.contains("TestKey"))
    }
}
