import Testing

@testable import Access

/// A-40 and `auth.md` §6: the permission table.
struct VaccinePermissionsTests {
    @Test(arguments: [
        (["FLU.CRUDS"], VaccineOperation.allCases, [] as [VaccineOperation]),
        (["FLU.cd"], [.create, .delete], [.read, .update, .search]),
        (["flu.Rs"], [.read, .search], [.create, .update, .delete]),
        (["FLU.R", "FLU.S"], [.read, .search], [.create]),
        (["*.S"], [.search], [.read]),
        (["MMR.CRUDS"], [], VaccineOperation.allCases),
        ([], [], VaccineOperation.allCases),
    ])
    func theLettersOfATypeSayWhatIsAllowed(
        _ entries: [String],
        _ allowed: [VaccineOperation],
        _ refused: [VaccineOperation]
    ) throws {
        let permissions = try VaccinePermissions(entries)
        for operation in allowed { #expect(permissions.allows(operation, on: "FLU")) }
        for operation in refused { #expect(!permissions.allows(operation, on: "FLU")) }
    }

    @Test(arguments: ["FLU", "FLU.", ".CRUDS", "FLU.X", "FLU.C.R", "", "F LU.C", "*FLU.C", "FLU .C", "FLÜ.C", "FLU.Ç"])
    func whatIsNoPermissionIsRefusedWithItsText(_ entry: String) {
        #expect(throws: VaccinePermissionError(entry: entry)) { try VaccinePermissions(["MMR.R", entry]) }
    }

    @Test func theTypeAsteriskCountsOutsideOfProductionOnly() throws {
        let permissions = try VaccinePermissions(["*.RS", "FLU.C"])
        #expect(permissions.allows(.read, on: "NEW"))
        #expect(permissions.types(for: .search) == .all)
        #expect(!permissions.inProduction.allows(.read, on: "NEW"))
        #expect(!permissions.inProduction.allows(.read, on: "FLU"))
        #expect(permissions.inProduction.allows(.create, on: "FLU"))
        #expect(permissions.inProduction.types(for: .search) == .only([]))
        #expect(VaccinePermissions.everything.inProduction.isEmpty)
    }

    @Test func theTypesOfAnOperationAreThoseWithItsLetter() throws {
        let permissions = try VaccinePermissions(["FLU.RS", "MMR.S", "HPV.CUD"])
        #expect(permissions.types(for: .search) == .only(["FLU", "MMR"]))
        #expect(permissions.types(for: .search).intersection(["FLU", "HPV"]) == ["FLU"])
        #expect(permissions.types(for: .read).contains("MMR") == false)
        #expect(permissions.entries == ["FLU.RS", "HPV.CUD", "MMR.S"])
        #expect(try VaccinePermissions(permissions.entries) == permissions)
    }

    @Test func aClientsOwnEntriesStandInPlaceOfItsSuppliersRows() throws {
        var client = RegisteredClient(id: ClientID("gp")!, name: "", scopes: Scopes([]))
        let suppliers = try VaccinePermissions(["FLU.CRUDS", "*.S"])
        func effective(_ isProduction: Bool = true) -> VaccinePermissions {
            ClientRegistration(client: client, supplierPermissions: suppliers)
                .effectivePermissions(isProduction: isProduction)
        }
        #expect(effective().entries == ["FLU.CRUDS"])
        #expect(effective(false).entries == ["*.S", "FLU.CRUDS"])
        client.permissions = try VaccinePermissions(["COVID.RS", "*.R"])
        #expect(effective().entries == ["COVID.RS"])
        #expect(effective(false).entries == ["*.R", "COVID.RS"])
        client.permissions = VaccinePermissions.none
        #expect(effective(false).isEmpty, "an empty list of its own is none, not its suppliers'")
        let alone = ClientRegistration(client: client, supplierPermissions: .none)
        #expect(alone.effectivePermissions(isProduction: false).isEmpty, "neither: deny")
    }
}
