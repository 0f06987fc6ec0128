import Feeds
import Testing
import Vaccination

@Suite struct FeedFileNameTests {
    /// Reads a name as an intake does: form, then sender.
    private func admit(_ name: String) throws(FeedFileError) -> FeedFileName {
        let parsed = try FeedFileName(parsing: name, vaccineTypes: .builtIn)
        _ = try Suppliers.builtIn.admit(parsed)
        return parsed
    }

    @Test(arguments: try SampleManifest.shared.get().fileNames)
    func sampleNamesAreTakenOrRefusedAsTheManifestSays(_ sample: SampleManifest.FileName) throws {
        if sample.expected == "valid" {
            #expect(try admit(sample.name).received == sample.name)
        } else {
            #expect(throws: FeedFileError.self, "\(sample.why)") { try admit(sample.name) }
        }
    }

    @Test(arguments: [
        ("FLU_Vaccinations_v5_YGM41.csv", FeedFileError.invalidNameFormat),
        ("FLU_Vaccinations_v5.YGM41_20250115T08000000.csv", .invalidNameFormat),
        ("", .invalidNameFormat),
        ("FLU-Vaccinations-v5-YGM41-20250115T08000000.csv", .invalidNameFormat),
        ("../FLU_Vaccinations_v5_YGM41_20250115T08000000.csv", .invalidNameFormat),
        ("FLU_Vaccinations_v5_YGM41_20250115T08000000_a/b.csv", .invalidNameFormat),
        ("FLU_Vaccinations_v5_YGM41_20250115T08000000_a\n.csv", .invalidNameFormat),
        ("FLU_Vaccinations_v5_YGM41_20250115T08000000", .missingExtension),
        ("FLU_Vaccinations_v5_YGM41_20250115T08000000.txt", .invalidName(.fileExtension)),
        ("FLU_Vaccinations_v5_YGM41_20250115T08000000.", .invalidName(.fileExtension)),
        ("FLU_Vaccinations_v5_YGM41_20250115T08000000.csv.gz", .invalidName(.timestamp)),
        ("MUMPS_Vaccinations_v5_YGM41_20250115T08000000.csv", .invalidName(.vaccineType)),
        ("FLU_Vaccination_v5_YGM41_20250115T08000000.csv", .invalidName(.fixedText)),
        ("FLU_Vaccinations_v4_YGM41_20250115T08000000.csv", .invalidName(.version)),
        ("FLU_Vaccinations_v5_ZZZ99_20250115T08000000.csv", .invalidName(.odsCode)),
        ("FLU_Vaccinations_v5__20250115T08000000.csv", .invalidName(.odsCode)),
        ("FLU_Vaccinations_v5_YGM41_20250115T24000000.csv", .invalidName(.timestamp)),
        ("FLU_Vaccinations_v5_YGM41_20250115T08600000.csv", .invalidName(.timestamp)),
        ("FLU_Vaccinations_v5_YGM41_20250115T08006000.csv", .invalidName(.timestamp)),
        ("FLU_Vaccinations_v5_YGM41_20250115 08000000.csv", .invalidName(.timestamp)),
        ("FLU_Vaccinations_v5_YGM41_.csv", .invalidName(.timestamp)),
    ])
    func aBadNameSaysWhichPartIsWrong(name: String, error: FeedFileError) {
        #expect(throws: error) { try admit(name) }
        #expect(error.text.hasPrefix("Initial file validation failed: "))
        #expect(error.advice.hasSuffix("."))
        #expect(error.status == .failed)
        #expect(!error.comesAfterRows)
    }

    @Test func errorsUseTheWordsSuppliersKnow() {
        #expect(FeedFileError.invalidNameFormat.text == "Initial file validation failed: invalid file key format")
        #expect(FeedFileError.invalidName(.version).text == "Initial file validation failed: invalid file key")
        #expect(FeedFileError.missingExtension.text == "Initial file validation failed: missing file extension")
        #expect(FeedFileError.invalidHeader(.emptyFile).text == "File headers are invalid.")
    }

    @Test func caseIsKeptInTheNameAndIgnoredInItsParts() throws {
        let name = try admit("flu_vaccinations_V5_ygm41_20250115t08000001_Site7.DAT")
        #expect(name.base == "flu_vaccinations_V5_ygm41_20250115t08000001_Site7")
        #expect(name.vaccineType.code == "FLU")
        #expect(name.odsCode == ODSCode("YGM41"))
        #expect(name.version == "V5")
        #expect(name.fileExtension == .dat)
        #expect(name.timestamp.text == "20250115T08000001")
        #expect(name.timestamp.utcMicroseconds == 1_736_924_400_000_000)
    }

    @Test func timeStampsOfInstantsAreReadBack() throws {
        for micros: Int64 in [
            0, 1_736_928_191_999_999, 951_782_400_000_000, 4_102_444_799_000_000, -1, -30_610_224_000_000_000,
        ] {
            let stamp = FeedTimestamp(utcMicroseconds: micros)
            let again = try #require(FeedTimestamp(stamp.text))
            #expect(again == stamp)
            #expect((0..<1_000_000).contains(micros - stamp.utcMicroseconds))
        }
        #expect(FeedTimestamp(utcMicroseconds: 1_736_928_191_000_000).text == "20250115T08031100")
    }

    @Test func extendedAttributesFilesAreRecognisedAndNotFeeds() throws {
        let name = "Vaccination_Extended_Attributes_v1_5_X8E5B_20250115T08000000.ctl"
        let recognised = try #require(ExtendedAttributesFileName(parsing: name))
        #expect(recognised.odsCode == ODSCode("X8E5B"))
        #expect(throws: FeedFileError.self) { try FeedFileName(parsing: name, vaccineTypes: .builtIn) }
        for other in [
            "FLU_Vaccinations_v5_YGM41_20250115T08000000.csv",
            "Vaccination_Extended_Attributes_v1_X8E5B_20250115T08000000.csv",
            "Vaccination_Extended_Attributes_v1_5a_X8E5B_20250115T08000000.csv",
            "Vaccination_Extended_Attributes_v1_5_X8E5B_20250115T08000000.txt",
        ] {
            #expect(ExtendedAttributesFileName(parsing: other) == nil)
        }
    }
}
