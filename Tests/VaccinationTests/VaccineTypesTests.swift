import FHIR
import Testing
import Vaccination

@Suite struct VaccineTypesTests {
    @Test func builtInTypesAreThoseOfTheConfigurationFile() throws {
        let file = try VaccineTypes(json: Fixture.bytes("vaccine-types.json"))
        #expect(VaccineTypes.builtIn.all == file.all)
        #expect(file.all.count == 19)
        for type in file.all {
            #expect(VaccineTypes.builtIn[type.code] == type)
            #expect(VaccineTypes.builtIn.type(diseaseCodes: type.targetDiseases.map(\.code)) == type)
        }
    }

    @Test func theWholeSetOfDiseasesIdentifiesTheType() {
        let types = VaccineTypes.builtIn
        #expect(types.type(diseaseCodes: ["36653000", "14189004", "36989005"])?.code == "MMR")
        #expect(types.type(diseaseCodes: ["36653000", "14189004", "36989005", "38907003"])?.code == "MMRV")
        #expect(types.type(diseaseCodes: ["27836007"])?.code == "PERTUSSIS")
        #expect(types.type(diseaseCodes: ["36653000", "14189004"]) == nil)
        #expect(types.type(diseaseCodes: ["6142004", "6142004"]) == nil)
        #expect(types.type(diseaseCodes: []) == nil)
        #expect(types["flu"] == nil)
    }

    @Test(arguments: [
        ("[", VaccinationError.json(.unexpectedEnd(offset: 1))),
        ("{}", .noVaccineTypes),
        (#"{"vaccineTypes":[]}"#, .noVaccineTypes),
        (#"{"vaccineTypes":[{"type":"A","targetDiseases":[]}]}"#, .incompleteVaccineType(index: 0)),
        (#"{"vaccineTypes":[{"targetDiseases":[{"code":"1","display":"x"}]}]}"#, .incompleteVaccineType(index: 0)),
        (#"{"vaccineTypes":[{"type":"A","targetDiseases":[{"code":"1"}]}]}"#, .incompleteVaccineType(index: 0)),
        (
            #"{"vaccineTypes":[{"type":"A","targetDiseases":[{"code":"1","display":"x"}]},"#
                + #"{"type":"B","targetDiseases":[{"code":"1","display":"x"}]}]}"#,
            .duplicateVaccineType(code: "B")
        ),
    ])
    func refusesAConfigurationThatIsNotOne(json: String, error: VaccinationError) {
        #expect(throws: error) { try VaccineTypes(json: Array(json.utf8)) }
    }
}
