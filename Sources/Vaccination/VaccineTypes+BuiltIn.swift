extension VaccineTypes {
    /// The nineteen vaccine types of the national service (immunization-mapping.md §4).
    package static let builtIn = VaccineTypes(unique: [
        VaccineType(code: "3IN1", targetDiseases: [.polio, .diphtheria, .tetanus]),
        VaccineType(code: "4IN1", targetDiseases: [.polio, .diphtheria, .pertussis, .tetanus]),
        VaccineType(code: "6IN1", targetDiseases: [.polio, .diphtheria, .hib, .pertussis, .tetanus, .hepatitisB]),
        VaccineType(code: "BCG", targetDiseases: [.tuberculosis]),
        VaccineType(code: "COVID", targetDiseases: [.covid]),
        VaccineType(code: "FLU", targetDiseases: [.influenza]),
        VaccineType(code: "HEPB", targetDiseases: [.hepatitisB]),
        VaccineType(code: "HIB", targetDiseases: [.hib]),
        VaccineType(code: "HIBMENC", targetDiseases: [.hib, .meningococcal]),
        VaccineType(code: "HPV", targetDiseases: [.papilloma]),
        VaccineType(code: "MENACWY", targetDiseases: [.meningococcal]),
        VaccineType(code: "MENB", targetDiseases: [.meningococcalB]),
        VaccineType(code: "MMR", targetDiseases: [.measles, .mumps, .rubella]),
        VaccineType(code: "MMRV", targetDiseases: [.measles, .mumps, .rubella, .varicella]),
        VaccineType(code: "PERTUSSIS", targetDiseases: [.pertussis]),
        VaccineType(code: "PNEUMOCOCCAL", targetDiseases: [.pneumococcal]),
        VaccineType(code: "ROTAVIRUS", targetDiseases: [.rotavirus]),
        VaccineType(code: "RSV", targetDiseases: [.respiratorySyncytial]),
        VaccineType(code: "SHINGLES", targetDiseases: [.zoster]),
    ])

    // A table of ours: its codes and disease sets are distinct, which a test holds true.
    private init(unique types: [VaccineType]) {
        self.init(
            all: types,
            byCode: Dictionary(types.map { ($0.code, $0) }) { first, _ in first },
            byDiseases: Dictionary(types.map { (Self.key($0.targetDiseases.map(\.code)), $0) }) { first, _ in first }
        )
    }
}

extension Disease {
    fileprivate static let polio = Disease(code: "398102009", display: "Acute poliomyelitis")
    fileprivate static let diphtheria = Disease(
        code: "397430003",
        display: "Diphtheria caused by Corynebacterium diphtheriae"
    )
    fileprivate static let tetanus = Disease(code: "76902006", display: "Tetanus")
    fileprivate static let pertussis = Disease(code: "27836007", display: "Pertussis")
    fileprivate static let hib = Disease(code: "709410003", display: "Haemophilus influenzae type b infection")
    fileprivate static let hepatitisB = Disease(code: "66071002", display: "Type B viral hepatitis")
    fileprivate static let tuberculosis = Disease(code: "56717001", display: "Tuberculosis")
    fileprivate static let covid = Disease(
        code: "840539006",
        display: "Disease caused by severe acute respiratory syndrome coronavirus 2"
    )
    fileprivate static let influenza = Disease(code: "6142004", display: "Influenza")
    fileprivate static let meningococcal = Disease(code: "23511006", display: "Meningococcal infectious disease")
    fileprivate static let meningococcalB = Disease(
        code: "1354584007",
        display: "Meningococcal infectious disease caused by Neisseria meningitidis serogroup B"
    )
    fileprivate static let papilloma = Disease(code: "240532009", display: "Human papilloma virus infection")
    fileprivate static let measles = Disease(code: "14189004", display: "Measles")
    fileprivate static let mumps = Disease(code: "36989005", display: "Mumps")
    fileprivate static let rubella = Disease(code: "36653000", display: "Rubella")
    fileprivate static let varicella = Disease(code: "38907003", display: "Varicella")
    fileprivate static let pneumococcal = Disease(code: "16814004", display: "Pneumococcal infectious disease")
    fileprivate static let rotavirus = Disease(code: "186150001", display: "Enteritis caused by rotavirus")
    fileprivate static let respiratorySyncytial = Disease(
        code: "55735004",
        display: "Respiratory syncytial virus infection"
    )
    fileprivate static let zoster = Disease(code: "4740000", display: "Herpes zoster")
}
