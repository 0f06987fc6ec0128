import Access
import Foundation

extension AuthConfiguration {
    /// Reads the file that HERALD_AUTH_CONFIG names.
    ///
    /// - Parameters:
    ///   - path: The file, YAML or JSON.
    ///   - publicURL: The hub's own address, which no other issuer may have.
    ///   - audience: What issuers' tokens are for where the file does not say it.
    ///   - isDevelopment: Whether plain `http` to this machine is allowed for key sets.
    /// - Throws: ``ConfigurationError`` that says where the mistake is.
    init(path: String, publicURL: String, audience: String, isDevelopment: Bool) throws {
        self.init()
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError.invalid(.authConfig, "names \(path), which cannot be read")
        }
        let reader = AuthFileReader(
            folder: URL(filePath: path).deletingLastPathComponent(),
            publicURL: publicURL,
            audience: audience,
            isDevelopment: isDevelopment
        )
        do {
            try reader.read(FileSection(yaml: text), into: &self)
        } catch {
            throw ConfigurationError.invalid(.authConfig, "names \(path), which cannot be used: \(error)")
        }
    }
}

/// Reads the parts of the file (`auth.md` §8).
private struct AuthFileReader {
    /// Where files that the file names are looked for.
    let folder: URL
    let publicURL: String
    let audience: String
    let isDevelopment: Bool

    func read(_ file: FileSection, into configuration: inout AuthConfiguration) throws {
        var file = file
        if var section = try file.section("tokenEndpoint") {
            configuration.tokenEndpoint = try tokenEndpoint(&section)
            try section.end()
        }
        if var section = try file.section("workers") {
            configuration.workerPolicy.minimumAssurance =
                try section.number("minimumAssurance", in: 1...3) ?? configuration.workerPolicy.minimumAssurance
            configuration.workerPolicy.requiredActivities = Set(try section.texts("requiredActivities") ?? [])
            try section.end()
        }
        configuration.issuers = try file.sections("issuers").map(issuer)
        configuration.providers = try file.sections("idps").map(provider)
        configuration.clients = try file.sections("clients").map(client)
        try file.end()
        let names = [publicURL] + configuration.issuers.map(\.name)
        if let twice = Self.repeated(names) { throw FileSection.Fault(description: "issuers names \(twice) twice") }
        if let twice = Self.repeated(configuration.providers.map(\.issuer)) {
            throw FileSection.Fault(description: "idps names \(twice) twice")
        }
        if let twice = Self.repeated(configuration.clients.map(\.id.rawValue)) {
            throw FileSection.Fault(description: "clients names \(twice) twice")
        }
    }

    private static func repeated(_ names: [String]) -> String? {
        var known: Set<String> = []
        return names.first { !known.insert($0).inserted }
    }

    private func tokenEndpoint(_ section: inout FileSection) throws -> AuthConfiguration.TokenEndpointSettings? {
        var settings = AuthConfiguration.TokenEndpointSettings()
        settings.aliases = Set(try section.texts("aliases") ?? [])
        if let algorithms: [SignatureAlgorithm] = try section.choices("algorithms") {
            settings.algorithms = Set(algorithms)
            guard !algorithms.isEmpty, settings.algorithms.isSubset(of: SignatureAlgorithm.assertions) else {
                throw section.fault("algorithms", "must be out of RS512, RS384, ES384")
            }
        }
        return try section.flag("enabled") ?? true ? settings : nil
    }

    private func issuer(_ section: FileSection) throws -> TrustedIssuer {
        var section = section
        let name = try section.required("issuer")
        var issuer = TrustedIssuer(
            name: name,
            audiences: Set(try section.texts("audiences") ?? [audience]),
            algorithms: try algorithms(&section) ?? [.rs512, .es384],
            keys: try keys(&section, issuer: name),
            kind: try section.choice("kind") ?? .system
        )
        issuer.types = Set(try section.texts("types") ?? Array(issuer.types))
        issuer.maximumLifetime = TimeInterval(try section.number("maximumLifetime", in: 60...86_400) ?? 3600)
        issuer.clientIDClaim = try section.text("clientIdClaim") ?? issuer.clientIDClaim
        issuer.scopeClaim = try section.text("scopeClaim") ?? issuer.scopeClaim
        if let api = try section.text("nhsAPI") { issuer.scopeMap = ScopeMap(nhsAPI: api) }
        for (text, scopes) in try section.pairs("scopeMap") {
            let words = scopes.split(separator: " ")
            guard !words.isEmpty, words.allSatisfy({ Scope($0) != nil }) else {
                throw section.fault("scopeMap", "gives \(text) what is no scope; write e.g. system/Immunization.rs")
            }
            issuer.scopeMap[text] = Scopes(parsing: scopes)
        }
        guard !issuer.audiences.isEmpty, !issuer.types.isEmpty else {
            throw section.fault("audiences", "and types must not be empty")
        }
        try section.end()
        return issuer
    }

    private func provider(_ section: FileSection) throws -> IdentityProvider {
        var section = section
        guard let kind: IdentityProvider.Kind = try section.choice("name") else {
            throw section.fault("name", "is missing")
        }
        let issuer = try section.required("issuer")
        var provider = IdentityProvider(kind: kind, issuer: issuer, keys: try keys(&section, issuer: issuer))
        if let algorithms = try algorithms(&section) {
            guard algorithms.isSubset(of: [.rs256, .rs512]) else {
                throw section.fault("algorithms", "must be out of RS256, RS512")
            }
            provider.algorithms = algorithms
        }
        provider.minimumAssurance =
            try section.number("minimumAssurance", in: 2...3) ?? provider.minimumAssurance
        try section.end()
        return provider
    }

    private func algorithms(_ section: inout FileSection) throws -> Set<SignatureAlgorithm>? {
        guard let list: [SignatureAlgorithm] = try section.choices("algorithms") else { return nil }
        guard !list.isEmpty else { throw section.fault("algorithms", "must not be empty") }
        return Set(list)
    }

    /// One of `jwks`, `jwksFile`, `jwksURL` and `discovery`.
    private func keys(_ section: inout FileSection, issuer: String) throws -> KeySource {
        let discovery = try section.text("discovery")
        let url = try section.text("jwksURL")
        let inline = try keySet(&section)
        switch (inline, url, discovery) {
        case (let json?, nil, nil):
            let set: PublicKeySet
            do {
                set = try PublicKeySet(json: Array(json.utf8))
            } catch {
                throw section.fault("jwks", "cannot be used: \(error)")
            }
            guard set.problems.isEmpty, !set.isEmpty else {
                throw section.fault("jwks", "cannot be used: \(set.problems.first ?? "it holds no key")")
            }
            return .fixed(set)
        case (nil, let url?, nil):
            return .fetched(KeyLocation(url: try address(url, "jwksURL", section), isClientSupplied: false))
        case (nil, nil, let url?):
            let url = try address(url, "discovery", section)
            return .fetched(KeyLocation(url: url, form: .metadata(issuer: issuer), isClientSupplied: false))
        default: throw section.fault("jwks", "or jwksFile, jwksURL or discovery must be there, one of them")
        }
    }

    private func keySet(_ section: inout FileSection) throws -> String? {
        let inline = try section.json("jwks")
        guard let file = try section.text("jwksFile") else { return inline }
        guard inline == nil else { throw section.fault("jwks", "and jwksFile exclude each other") }
        guard let text = try? String(contentsOf: URL(filePath: file, relativeTo: folder), encoding: .utf8) else {
            throw section.fault("jwksFile", "names \(file), which cannot be read")
        }
        return text
    }

    private func address(_ url: String, _ name: String, _ section: FileSection) throws -> String {
        do {
            _ = try ClientKeys(url: url, isDevelopment: isDevelopment)
        } catch {
            throw section.fault(name, "cannot be used: \(error)")
        }
        return url
    }

    private func client(_ section: FileSection) throws -> RegisteredClient {
        var section = section
        guard let id = ClientID(try section.required("clientId")) else {
            throw section.fault("clientId", "must be 1 to 255 visible characters without spaces")
        }
        var client = RegisteredClient(
            id: id,
            name: try section.text("name") ?? "",
            suppliers: Set(try section.texts("suppliers") ?? []),
            scopes: Scopes([])
        )
        for word in try (section.texts("scopes") ?? []).flatMap({ $0.split(separator: " ") }) {
            guard let scope = Scope(word) else { throw section.fault("scopes", "holds \(word), which is no scope") }
            client.scopes.insert(scope)
        }
        switch try section.text("status") {
        case nil, "active": break
        case "disabled": client.isEnabled = false
        default: throw section.fault("status", "must be active or disabled")
        }
        if let grants: [TokenGrant] = try section.choices("grants") { client.grants = Set(grants) }
        client.keys = try clientKeys(&section)
        client.idpClientIDs = Set(try section.texts("idpClientIds") ?? [])
        client.minimumProofing = try section.choice("minProofing") ?? client.minimumProofing
        if let texts = try section.texts("permissions") { client.permissions = try permissions(texts, section) }
        if let text = try section.text("rateLimit") {
            guard let limit = RateLimit(text) else { throw section.fault("rateLimit", "must be like 20 or 20/40") }
            client.rateLimit = limit
        }
        client.certificateThumbprints = Set(
            try (section.texts("certThumbprints") ?? []).map { text in
                guard let thumbprint = CertificateThumbprint.normalised(text) else {
                    throw section.fault("certThumbprints", "holds what is no SHA-256 thumbprint")
                }
                return thumbprint
            }
        )
        client.isUnredacted = try section.flag("unredacted") ?? false
        client.odsCodes = Set(try section.texts("odsCodes") ?? [])
        try section.end()
        return client
    }

    private func clientKeys(_ section: inout FileSection) throws -> ClientKeys? {
        let url = try section.text("jwksURL")
        let json = try keySet(&section)
        do {
            switch (json, url) {
            case (nil, nil): return nil
            case (let json?, nil): return try ClientKeys(keySet: json)
            case (nil, let url?): return try ClientKeys(url: url, isDevelopment: isDevelopment)
            default: throw section.fault("jwks", "and jwksURL exclude each other")
            }
        } catch let error as ClientKeysError {
            throw section.fault("jwks", "cannot be used: \(error)")
        }
    }

    private func permissions(_ texts: [String], _ section: FileSection) throws -> VaccinePermissions {
        do {
            return try VaccinePermissions(texts)
        } catch {
            throw section.fault("permissions", "cannot be used: \(error)")
        }
    }
}
