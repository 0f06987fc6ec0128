import Access
import Feeds
import HeraldTestKit
import Store
import Testing

@Suite(.herald, .timeLimit(.minutes(1))) struct ClientStoreTests {
    private let client: RegisteredClient

    init() throws {
        client = RegisteredClient(
            id: try #require(ClientID("emis-live")),
            name: "EMIS",
            suppliers: ["EMIS"],
            scopes: Scopes(parsing: "system/Immunization.cruds")
        )
    }

    @Test func aClientIsReadBackAsItWasRegistered() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            try await store.create(client, by: "test")
            #expect(try await store.client(client.id) == client)
            #expect(try await store.clients() == [client])
            let other = try #require(ClientID("other"))
            #expect(try await store.client(other) == nil)
            await #expect(throws: ClientError.exists(client.id)) { try await store.create(client, by: "test") }
        }
    }

    @Test func aClientActsForKnownSuppliersOnly() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            let wrong = RegisteredClient(id: client.id, name: "", suppliers: ["EMISS"], scopes: client.scopes)
            await #expect(throws: ClientError.unknownSupplier("EMISS")) {
                try await store.create(wrong, by: "test")
            }
            #expect(try await store.clients().isEmpty)
            await #expect(throws: ClientError.unknown(client.id)) {
                try await store.update(client.id, by: "test") { $0.isEnabled = false }
            }
        }
    }

    @Test func changesOfTwoOperatorsAtOnceAreBothKept() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            try await store.create(client, by: "test")
            async let one = store.update(client.id, by: "one") { $0.suppliers.insert("TPP") }
            async let two = store.update(client.id, by: "two") { $0.isEnabled = false }
            _ = try await (one, two)
            let changed = try #require(try await store.client(client.id))
            #expect(changed.suppliers == ["EMIS", "TPP"])
            #expect(!changed.isEnabled)
        }
    }

    @Test func aSupplierIsNotRemovedUnderAClient() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            try await store.create(client, by: "test")
            let error = await #expect(throws: ReferenceError.self) {
                try await store.changeReference(by: "test", removesUsed: false, isTrial: false) {
                    var data = $0
                    data.suppliers = try Suppliers(data.suppliers.all.filter { $0.name != "EMIS" })
                    return data
                }
            }
            #expect(error?.faults == ["supplier EMIS cannot be removed: client emis-live acts for it"])
            #expect(try await store.client(client.id) == client)
        }
    }

    @Test func everythingRegisteredIsReadBack() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            var full = client
            full.permissions = try VaccinePermissions(["FLU.RS", "MMR.CRUDS"])
            full.grants = [.clientCredentials, .tokenExchange]
            full.keys = .inline(#"{"keys":[]}"#)
            full.idpClientIDs = ["app-at-nhs-login"]
            full.minimumProofing = .p5
            full.rateLimit = RateLimit(perSecond: 5, burst: 10)
            full.certificateThumbprints = ["one", "two"]
            full.isUnredacted = true
            full.odsCodes = ["YGM41"]
            try await store.create(full, by: "test")
            #expect(try await store.client(client.id) == full)
            full.keys = .url("https://keys.example/jwks.json")
            full.permissions = nil
            full.rateLimit = nil
            let changed = full
            try await store.update(client.id, by: "test") { $0 = changed }
            #expect(try await store.client(client.id) == changed)
        }
    }

    /// A-40: feeds and HTTP go by one table; A-22: a change of it is seen by the next look-up.
    @Test func aClientsPermissionsAreThoseOfItsSuppliersUntilItHasItsOwn() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            var both = client
            both.suppliers = ["SONAR", "MAVIS"]
            try await store.create(both, by: "test")
            func effective() async throws -> VaccinePermissions? {
                try await store.registration(of: client.id)?.effectivePermissions(isProduction: true)
            }
            let union = try await effective()
            #expect(union?.allows(.create, on: "FLU") == true)
            #expect(union?.types(for: .search).contains("HPV") == true)
            #expect(union?.allows(.read, on: "COVID") == false)
            _ = try await store.changeReference(by: "test", removesUsed: false, isTrial: false) { data in
                var data = data
                let mavis = try #require(data.suppliers.supplier(named: "MAVIS"))
                data.suppliers = data.suppliers.replacing(mavis.permitted([:]))
                return data
            }
            #expect(try await effective()?.entries == ["FLU.CD"])
            try await store.update(client.id, by: "test") { $0.permissions = try? VaccinePermissions(["RSV.R"]) }
            #expect(try await effective()?.entries == ["RSV.R"])
            #expect(try await store.registration(of: #require(ClientID("nobody"))) == nil)
        }
    }

    @Test func aPermissionNamesAKnownVaccineType() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            var wrong = client
            wrong.permissions = try VaccinePermissions(["FLUX.R"])
            let refused = wrong
            await #expect(throws: ClientError.unknownVaccineType("FLUX")) {
                try await store.create(refused, by: "test")
            }
            wrong.permissions = try VaccinePermissions(["*.R", "FLU.R"])
            try await store.create(wrong, by: "test")
        }
    }
}
