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
}
