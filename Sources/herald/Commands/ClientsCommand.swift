import Access
import ArgumentParser
import Feeds
import Foundation
import Store

/// `herald clients`: API clients, the suppliers they act for, and those suppliers' permissions.
struct ClientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients",
        abstract: "Manage API clients and their permissions. Works on the database, beside the hub.",
        discussion: """
            A client may send files of the suppliers it acts for, and its tokens cover at most the scopes registered here. \
            What it may do with records of which vaccine types are its own permissions, or else those of its suppliers; a \
            client with neither may do nothing. Running hubs notice a change within a second.

            A GP system that reads and searches:
              herald clients create gp-system --name 'GP system' --scope system/Immunization.rs \\
                --permission FLU.RS --permission COVID.RS --jwks keys.json
            A citizens' app with NHS login:
              herald clients create app --scope patient/Immunization.rs --permission COVID.RS \\
                --grant token-exchange --idp-client-id app-at-nhs-login --jwks-url https://app.example/jwks.json
            A child health service that subscribes to national events by mailbox:
              herald clients create chis --scope system/Subscription.crds --ods-code RY6 --mailbox RY6HC001=RY6 \\
                --event-kind generic --event VACCINATIONS_1 --jwks keys.json
            """,
        subcommands: [
            List.self, Show.self, Create.self, Update.self, Enable.self, Disable.self, Permit.self, Revoke.self,
        ],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All clients, by id.")
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let clients = try await database.withStore { try await $0.clients() }
            if json { return try Console.json(clients.map { ClientView($0, suppliers: nil) }) }
            guard !clients.isEmpty else {
                return Console.line("No clients yet. Register one with: herald clients create ID --supplier NAME")
            }
            Console.table(
                ["ID", "STATUS", "SUPPLIERS", "SCOPES", "NAME"],
                clients.map { client in
                    [
                        client.id.rawValue, client.isEnabled ? "enabled" : "disabled",
                        client.suppliers.sorted().joined(separator: " "), client.scopes.description, client.name,
                    ]
                }
            )
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One client, with everything registered of it.")
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The client's id.") var id: String
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let id = try clientID(id)
            let (client, reference) = try await database.withStore { store in
                guard let client = try await store.client(id) else {
                    throw CommandFailure("\(ClientError.unknown(id))")
                }
                return (client, try await store.reference())
            }
            try report(client, reference, json: json)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Register a client.")
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The client's id: what stands in its tokens.") var id: String
        @Option(help: "Whose system it is, for people.") var name = ""
        @Option(help: "A supplier whose files it may send; may be repeated.") var supplier: [String] = []
        @Option(help: "A scope its tokens may have; may be repeated (system/Immunization.cruds).")
        var scope: [String] = []
        @OptionGroup var registration: RegistrationOptions
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let isDevelopment = try database.reader().flag(.development) ?? false
            let registration = try registration.parsed(isDevelopment: isDevelopment)
            var client = RegisteredClient(
                id: try clientID(id),
                name: name,
                suppliers: Set(supplier),
                scopes: try scopes(scope.isEmpty ? [TokenMaker.defaultScope] : scope)
            )
            registration.apply(to: &client)
            let new = client
            let reference = try await database.withStore { store in
                try await refusals { try await store.create(new, by: by) }
                return try await store.reference()
            }
            try report(client, reference, json: json)
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Change a client's registration; what is not named stays, what is named stands in place of all there was."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The client's id.") var id: String
        @Option(help: "Whose system it is, for people.") var name: String?
        @Option(help: "A further supplier whose files it may send; may be repeated.") var addSupplier: [String] = []
        @Option(help: "A supplier it no longer acts for; may be repeated.") var removeSupplier: [String] = []
        @Option(help: "In place of its scopes; may be repeated.") var scope: [String] = []
        @OptionGroup var registration: RegistrationOptions
        @Option(
            help: "Take away what it has: \(ClearableRegistration.allCases.map(\.rawValue).joined(separator: ", "))."
        )
        var clear: [ClearableRegistration] = []
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let scopes = scope.isEmpty ? nil : try scopes(scope)
            let isDevelopment = try database.reader().flag(.development) ?? false
            let registration = try registration.parsed(isDevelopment: isDevelopment)
            try await change(id, by: by, database, json: json) { client in
                client.name = name ?? client.name
                client.suppliers = client.suppliers.union(addSupplier).subtracting(removeSupplier)
                client.scopes = scopes ?? client.scopes
                clear.forEach { $0.apply(to: &client) }
                registration.apply(to: &client)
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switch a client off: its tokens are refused within a second. Files it sent are applied."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The client's id.") var id: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws { try await change(id, by: by, database, json: json) { $0.isEnabled = false } }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Switch a client on again.")
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The client's id.") var id: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws { try await change(id, by: by, database, json: json) { $0.isEnabled = true } }
    }

    struct Permit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a supplier may do with records of vaccine types.",
            discussion: """
                Permissions are TYPE.LETTERS, with letters out of C create, R read, U update, D delete, S search. A type that \
                is named gets these letters in place of those it had; others stay.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The supplier.") var supplier: String
        @Argument(help: "Permissions, e.g. FLU.CRUDS MMR.CUD") var permissions: [String]
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let added: [String: FeedPermissions]
            do {
                added = try Suppliers.permissions(permissions, of: supplier)
            } catch {
                throw CommandFailure("\(error)")
            }
            try await changePermissions(of: supplier, by: by, database, json: json) { $0.merging(added) { $1 } }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take away all permissions of a supplier for vaccine types."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The supplier.") var supplier: String
        @Argument(help: "Vaccine types, e.g. FLU") var types: [String]
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let types = Set(types)
            try await changePermissions(of: supplier, by: by, database, json: json) { permissions in
                permissions.filter { !types.contains($0.key) }
            }
        }
    }
}

private func clientID(_ text: String) throws -> ClientID {
    guard let id = ClientID(text) else {
        throw CommandFailure("a client's id is 1 to 255 visible characters without spaces")
    }
    return id
}

private func scopes(_ texts: [String]) throws -> Scopes {
    let words = texts.flatMap { $0.split(separator: " ") }
    return Scopes(
        try words.map { word in
            guard let scope = Scope(word) else {
                throw CommandFailure("\(word) is not a scope; write e.g. system/Immunization.rs or herald/admin.read")
            }
            return scope
        }
    )
}

/// Turns a refusal into what a command says.
private func refusals<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ClientError {
        throw CommandFailure("\(error)")
    } catch let error as ReferenceError {
        throw CommandFailure("nothing was changed:\n\(error)")
    }
}

private func change(
    _ id: String,
    by actor: String,
    _ database: DatabaseOptions,
    json: Bool,
    _ change: @Sendable (inout RegisteredClient) -> Void
) async throws {
    let id = try clientID(id)
    let (client, reference) = try await database.withStore { store in
        (try await refusals { try await store.update(id, by: actor, change) }, try await store.reference())
    }
    try report(client, reference, json: json)
}

private func changePermissions(
    of name: String,
    by actor: String,
    _ database: DatabaseOptions,
    json: Bool,
    _ change: @Sendable ([String: FeedPermissions]) -> [String: FeedPermissions]
) async throws {
    let difference = try await database.withStore { store in
        try await refusals {
            try await store.changeReference(by: actor, removesUsed: false, isTrial: false) { data in
                guard let supplier = data.suppliers.supplier(named: name) else {
                    throw CommandFailure("\(ClientError.unknownSupplier(name))")
                }
                var data = data
                data.suppliers = data.suppliers.replacing(supplier.permitted(change(supplier.permissions)))
                return data
            }
        }
    }
    try ReferenceCommand.report(difference, isTrial: false, json: json)
}

private func report(_ client: RegisteredClient, _ reference: ReferenceData, json: Bool) throws {
    let view = ClientView(client, suppliers: reference.suppliers)
    if json { return try Console.json(view) }
    view.lines.forEach { Console.line($0) }
}
