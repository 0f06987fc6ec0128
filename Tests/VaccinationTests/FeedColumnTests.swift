import Testing
import Vaccination

@Suite struct FeedColumnTests {
    @Test func hasTheHeaderOfAPublishedFile() throws {
        let bytes = try Fixture.bytes("csv/MMR_Vaccinations_v5_YGJ_20250730T13000001.csv")
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        #expect(line.split(separator: "|").map(String.init) == FeedColumn.allCases.map(\.header))
    }

    @Test func isFoundByItsExactHeaderOnly() {
        for column in FeedColumn.allCases { #expect(FeedColumn(header: column.header) == column) }
        #expect(FeedColumn(header: "nhs_number") == nil)
        #expect(FeedColumn(header: "NHS_NUMBER ") == nil)
    }

    @Test func namesItsPlaceInTheResource() {
        #expect(
            FeedColumn.nhsNumber.fhirLocation
                == "contained[?(@.resourceType=='Patient')].identifier"
                + "[?(@.system=='https://fhir.nhs.uk/Id/nhs-number')].value"
        )
        #expect(
            FeedColumn.vaccinationProcedureCode.fhirLocation
                == "extension[?(@.url=='https://fhir.hl7.org.uk/StructureDefinition/"
                + "Extension-UKCore-VaccinationProcedure')].valueCodeableConcept"
                + ".coding[?(@.system=='http://snomed.info/sct')].code"
        )
        #expect(
            FeedColumn.siteCodeTypeURI.fhirLocation
                == "performer[?(@.actor.type=='Organization')].actor.identifier.system"
        )
        #expect(FeedColumn.personForename.fhirLocation == "contained[?(@.resourceType=='Patient')].name[0].given")
        #expect(
            FeedColumn.personForename.fhirValueLocation == "contained[?(@.resourceType=='Patient')].name[0].given[0]"
        )
        #expect(FeedColumn.personSurname.fhirValueLocation == FeedColumn.personSurname.fhirLocation)
    }

    @Test func namesADifferentPlaceForEachColumn() {
        #expect(Set(FeedColumn.allCases.map(\.fhirLocation)).count == 34)
    }
}
