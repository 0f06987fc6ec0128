import Foundation

extension AccessToken: Encodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Writes the claims of A-17; a single audience is a plain text, dates are whole seconds.
    package func encode(to encoder: any Encoder) throws {
        var claims = encoder.container(keyedBy: Name.self)
        try claims.encode(issuer, forKey: Name(Claim.issuer))
        try claims.encode(subject, forKey: Name(Claim.subject))
        if audience.count == 1 {
            try claims.encode(audience[0], forKey: Name(Claim.audience))
        } else {
            try claims.encode(audience, forKey: Name(Claim.audience))
        }
        try claims.encode(clientID.rawValue, forKey: Name(Claim.clientID))
        try claims.encode(Int64(issuedAt.timeIntervalSince1970), forKey: Name(Claim.issuedAt))
        try claims.encodeIfPresent(notBefore.map { Int64($0.timeIntervalSince1970) }, forKey: Name(Claim.notBefore))
        try claims.encode(Int64(expires.timeIntervalSince1970), forKey: Name(Claim.expires))
        try claims.encode(tokenID.rawValue, forKey: Name(Claim.tokenID))
        try claims.encode(scopes.description, forKey: Name(Claim.scope))
        try claims.encode(mode.rawValue, forKey: Name(Claim.mode))
        try claims.encodeIfPresent(nhsNumber?.digits, forKey: Name(Claim.nhsNumber))
        try claims.encodeIfPresent(vectorOfTrust?.rawValue, forKey: Name(Claim.vectorOfTrust))
        // The level is the P part of the vector: never higher than what this session justified.
        try claims.encodeIfPresent(
            vectorOfTrust?.level.rawValue,
            forKey: Name(Claim.identityProofingLevel)
        )
        try claims.encodeIfPresent(
            authenticatedAt.map { Int64($0.timeIntervalSince1970) },
            forKey: Name(Claim.authenticatedAt)
        )
        if let worker {
            try claims.encodeIfPresent(worker.userID, forKey: Name(Claim.workerID))
            try claims.encode(worker.assurance, forKey: Name(Claim.assurance))
            try claims.encode(worker.roles, forKey: Name(Claim.roles))
        }
        try claims.encodeIfPresent(
            certificateThumbprint.map { [Claim.thumbprint: $0] },
            forKey: Name(Claim.confirmation)
        )
        if isOperators { try claims.encode(true, forKey: Name(Claim.isOperators)) }
    }
}

extension Worker.Role: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, code, activities
        case organisation = "org"
    }

    /// As A-17 writes a role; activities are sorted, so that the same role gives the same text.
    package func encode(to encoder: any Encoder) throws {
        var role = encoder.container(keyedBy: CodingKeys.self)
        try role.encode(id, forKey: .id)
        try role.encode(organisation, forKey: .organisation)
        try role.encode(code, forKey: .code)
        try role.encode(activities.sorted(), forKey: .activities)
    }
}
