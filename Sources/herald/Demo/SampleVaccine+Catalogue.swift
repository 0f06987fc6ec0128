extension SampleVaccine {
    /// Every vaccine that sample feeds are made for.
    package static let all = [flu, covid, mmr, sixInOne, rsv]

    /// Seasonal influenza, sent by EMIS.
    package static let flu = SampleVaccine(
        type: "FLU",
        senderCode: "YGM41",
        uniqueIDURI: "https://emis.example.nhs.uk/identifiers/vacc",
        procedures: [SampleCode("822851000000102", "Seasonal influenza vaccination")],
        products: [
            SampleProduct(
                code: "34680411000001107",
                term: "Quadrivalent influenza vaccine (split virion, inactivated) suspension for injection 0.5ml "
                    + "pre-filled syringes (Sanofi Pasteur)",
                manufacturer: "Sanofi Pasteur"
            )
        ],
        bodySites: arms,
        doseAmount: "0.5",
        doses: 1...1,
        cohorts: [.toddler, .adult, .elder],
        rows: 90,
        unnumberedRows: 2
    )

    /// COVID-19, sent by EMIS.
    package static let covid = SampleVaccine(
        type: "COVID",
        senderCode: "YGJ",
        uniqueIDURI: "https://emis.example.nhs.uk/identifiers/vacc",
        procedures: [
            SampleCode(
                "1362591000000103",
                "Immunisation course to maintain protection against SARS-CoV-2 (severe acute respiratory syndrome "
                    + "coronavirus 2)"
            )
        ],
        products: [
            SampleProduct(
                code: "43111411000001101",
                term: "Comirnaty JN.1 COVID-19 mRNA Vaccine 30micrograms/0.3ml dose dispersion for injection multidose "
                    + "vials (Pfizer Ltd)",
                manufacturer: "Pfizer Ltd"
            ),
            SampleProduct(
                code: "42985911000001104",
                term: "Spikevax JN.1 COVID-19 mRNA Vaccine 0.1mg/ml dispersion for injection multidose vials "
                    + "(Moderna, Inc)",
                manufacturer: "Moderna, Inc"
            ),
        ],
        bodySites: arms,
        doseAmount: "0.3",
        doses: 4...9,
        cohorts: [.adult, .elder],
        rows: 75,
        unnumberedRows: 1
    )

    /// Measles, mumps and rubella, sent by EMIS.
    package static let mmr = SampleVaccine(
        type: "MMR",
        senderCode: "YGM41",
        uniqueIDURI: "https://emis.example.nhs.uk/identifiers/vacc",
        procedures: [
            SampleCode("38598009", "Administration of measles and mumps and rubella vaccine"),
            SampleCode("170433008", "Administration of second dose of measles and mumps and rubella vaccine"),
        ],
        products: [
            SampleProduct(
                code: "13968211000001108",
                term: "M-M-RVAXPRO vaccine powder and solvent for suspension for injection 0.5ml pre-filled syringes "
                    + "(Merck Sharp & Dohme (UK) Ltd)",
                manufacturer: "Merck Sharp & Dohme (UK) Ltd"
            ),
            SampleProduct(
                code: "34925111000001104",
                term: "Priorix vaccine powder and solvent for solution for injection 0.5ml pre-filled syringes "
                    + "(GlaxoSmithKline UK Ltd)",
                manufacturer: "GlaxoSmithKline UK Ltd"
            ),
        ],
        bodySites: arms + thighs,
        doseAmount: "0.5",
        doses: 1...2,
        cohorts: [.toddler, .adult],
        rows: 65,
        unnumberedRows: 0
    )

    /// The six-in-one for infants, sent by TPP.
    package static let sixInOne = SampleVaccine(
        type: "6IN1",
        senderCode: "YGA",
        uniqueIDURI: "https://tpp.example.nhs.uk/identifiers/vacc",
        procedures: zip(["1082441000000108", "1082451000000106", "1082461000000109"], ["First", "Second", "Third"]).map
        {
            SampleCode(
                $0,
                "\($1) diphtheria, tetanus and acellular pertussis, inactivated polio, Haemophilus influenzae type b "
                    + "and hepatitis B vaccination"
            )
        },
        products: [
            SampleProduct(
                code: "34765811000001105",
                term: "Infanrix Hexa vaccine powder and suspension for suspension for injection 0.5ml pre-filled "
                    + "syringes (GlaxoSmithKline UK Ltd)",
                manufacturer: "GlaxoSmithKline UK Ltd"
            )
        ],
        bodySites: thighs,
        doseAmount: "0.5",
        doses: 1...3,
        cohorts: [.infant],
        rows: 60,
        unnumberedRows: 0
    )

    /// Respiratory syncytial virus, sent by RAVS.
    package static let rsv = SampleVaccine(
        type: "RSV",
        senderCode: "X26",
        uniqueIDURI: "https://ravs.example.nhs.uk/identifiers/vacc",
        procedures: [SampleCode("1303503001", "Administration of RSV (respiratory syncytial virus) vaccine")],
        products: [
            SampleProduct(
                code: "42605811000001109",
                term: "Abrysvo vaccine powder and solvent for solution for injection 0.5ml vials (Pfizer Ltd)",
                manufacturer: "Pfizer Ltd"
            ),
            SampleProduct(
                code: "42223111000001107",
                term: "Arexvy vaccine powder and suspension for suspension for injection 0.5ml vials "
                    + "(GlaxoSmithKline UK Ltd)",
                manufacturer: "GlaxoSmithKline UK Ltd"
            ),
        ],
        bodySites: arms,
        doseAmount: "0.5",
        doses: 1...1,
        cohorts: [.elder],
        rows: 60,
        unnumberedRows: 1
    )
}
