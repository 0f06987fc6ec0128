import FHIR
import Testing
import Vaccination

@Suite struct VaccinationFactsTests {
    @Test func theyAreWhatTheWrittenImmunizationSays() throws {
        let names = Fixture.names(in: "from-csv")
        #expect(!names.isEmpty)
        for file in names {
            let json = try Fixture.json("from-csv/\(file).json")
            let facts = VaccinationFacts(json)
            #expect(facts.status == "completed", "\(file)")
            #expect(!facts.targetDiseases.isEmpty, "\(file)")
            #expect(VaccineTypes.builtIn.type(diseaseCodes: facts.targetDiseases) != nil, "\(file)")
            let product = json.at("vaccineCode", "coding")?[0]
            let code = product?["system"]?.string == FHIRSystem.snomed ? product?["code"]?.string : nil
            #expect(facts.products == (code.map { [$0] } ?? []), "\(file)")
            #expect(facts.day != nil && facts.birthDate != nil, "\(file)")
        }
    }

    @Test func whatIsNotThereIsAbsent() {
        let facts = VaccinationFacts(["resourceType": "Immunization", "protocolApplied": ["x"], "contained": [1]])
        #expect(facts == VaccinationFacts(status: ""))
    }
}
