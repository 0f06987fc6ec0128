import FHIR
import Foundation
import Testing

@Suite struct FHIRInstantTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (999, "1970-01-01T00:00:00.000Z"),
        (1_791_536_466_918_000, "2026-10-09T09:01:06.918Z"), (951_782_399_999_999, "2000-02-28T23:59:59.999Z"),
    ])
    func isWrittenInUTCWithMilliseconds(microseconds: Int64, text: String) {
        #expect(FHIRInstant(microseconds: microseconds).description == text)
    }

    @Test func readsWhatItWrites() {
        #expect(FHIRInstant("2026-10-09T09:01:06.918Z")?.microseconds == 1_791_536_466_918_000)
        #expect(FHIRInstant("2026-10-09T10:01:06.918+01:00") == FHIRInstant("2026-10-09T09:01:06.918000Z"))
    }

    @Test(arguments: ["2026-10-09", "2026", "2026-10-09T09:01:06", "2026-10-09T09:01Z", "now"])
    func refusesLessThanAnInstant(text: String) {
        #expect(FHIRInstant(text) == nil)
    }

    @Test func comesFromADate() {
        #expect(FHIRInstant(Date(timeIntervalSince1970: 1.5)).microseconds == 1_500_000)
    }

    @Test func writesUUIDsInLowerCase() throws {
        let uuid = try #require(UUID(uuidString: "0B0F5E52-6F0D-4B37-9A63-0E5BB3F5C2A1"))
        #expect(uuid.lowercaseText == "0b0f5e52-6f0d-4b37-9a63-0e5bb3f5c2a1")
    }
}
