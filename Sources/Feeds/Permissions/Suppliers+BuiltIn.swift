import Vaccination

extension Suppliers {
    /// The national service's production suppliers, with a few permissions more that the sample files need.
    ///
    /// Source: NHSDigital/immunisation-fhir-api, `config/prod/permissions_config.json` (MIT). Added for the samples:
    /// TPP and MEDICUS 6IN1, RAVS COVID and FLU, SONAR create and delete of FLU.
    ///
    /// The two DPS suppliers pass on what they get from the national feed, so it is not told of their rows (csv-feed §6).
    package static let builtIn = Suppliers(
        distinct: table.map { row in
            Supplier(
                name: row.name,
                permissions: row.permissions,
                odsCodes: row.odsCodes.compactMap { ODSCode($0) },
                doNotEchoTo: row.doNotEchoTo
            )
        }
    )

    private struct Row {
        let name: String
        let odsCodes: [String]
        let permissions: [String: FeedPermissions]
        let doNotEchoTo: Set<String>

        init(
            _ name: String,
            _ odsCodes: String...,
            types: String = "",
            allow: FeedPermissions = .all,
            doNotEchoTo: Set<String> = []
        ) {
            self.name = name
            self.odsCodes = odsCodes
            self.doNotEchoTo = doNotEchoTo
            permissions = Dictionary(
                types.split(separator: " ").map { (String($0), allow) },
                uniquingKeysWith: { $0.union($1) }
            )
        }
    }

    private static let distribution = "COVID FLU HPV MMR PERTUSSIS RSV"
    private static let practices = "3IN1 COVID FLU HPV MENACWY MMR MMRV PERTUSSIS PNEUMOCOCCAL RSV SHINGLES"

    private static let table = [
        Row("DPSFULL", "DPSFULL", types: distribution, doNotEchoTo: ["nis"]),
        Row("DPSREDUCED", "DPSREDUCED", types: distribution, doNotEchoTo: ["nis"]),
        Row("RAVS", "X26", "X8E5B", types: "COVID FLU MENB MMR RSV PNEUMOCOCCAL"),
        Row("MAVIS", "V0V8L", types: "3IN1 FLU HPV MENACWY MMR MMRV"),
        Row("EMIS", "YGM41", "YGJ", types: practices),
        Row("TPP", "YGA", types: practices + " 6IN1"),
        Row("MEDICUS", "YGMYW", types: practices + " 6IN1"),
        Row("PINNACLE", "8J1100001"),
        Row("AGEM-NIVS", "0DE"),
        Row("NIMS", "0DF"),
        Row("POSITIVE-SOLUTIONS", "YGM17"),
        Row("CEGEDIM", "YGM04"),
        Row("MEDICAL_DIRECTOR", "YGMYH"),
        Row("WELSH_DA_1", "W00"),
        Row("WELSH_DA_2", "W000"),
        Row("NORTHERN_IRELAND_DA", "ZT001"),
        Row("SCOTLAND_DA", "YA7"),
        Row("COVID19_VACCINE_RESOLUTION_SERVICEDESK", "N2N9I"),
        Row("EVA", "8HA94"),
        Row("SONAR", "8HK48", types: "FLU", allow: [.create, .delete]),
    ]
}
