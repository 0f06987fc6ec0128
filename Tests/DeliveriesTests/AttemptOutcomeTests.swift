import Deliveries
import Testing

@Suite struct AttemptOutcomeTests {
    /// D-07: a 2xx, whichever, and nothing else.
    @Test(arguments: [200, 201, 202, 204, 299])
    func onlyTwoHundredsAreAccepted(_ status: Int) {
        #expect(AttemptOutcome(httpStatus: status) == .accepted(httpStatus: status))
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 504, 505, 599])
    func theseMayPass(_ status: Int) {
        let outcome = AttemptOutcome(httpStatus: status, retryAfter: .seconds(7))
        #expect(outcome == .transient(.errorResponse(httpStatus: status), retryAfter: .seconds(7)))
        #expect(outcome.name == "error-response")
    }

    @Test(arguments: [300, 301, 302, 307, 308, 401, 403, 404, 405, 407, 501])
    func theseAreAWrongSetUp(_ status: Int) {
        #expect(AttemptOutcome(httpStatus: status) == .misconfigured(httpStatus: status))
    }

    @Test(arguments: [400, 406, 409, 411, 413, 414, 415, 418, 422, 431, 499])
    func theseRefuseTheContent(_ status: Int) {
        #expect(AttemptOutcome(httpStatus: status) == .rejected(httpStatus: status))
    }

    @Test func fourHundredAndTenIsForEver() {
        #expect(AttemptOutcome(httpStatus: 410) == .gone)
        #expect(AttemptOutcome.gone.httpStatus == 410)
    }

    @Test func silenceHasANameAndNoStatus() {
        #expect(AttemptOutcome.transient(.noResponse, retryAfter: nil).name == "no-response")
        #expect(AttemptOutcome.transient(.nameNotResolved, retryAfter: nil).name == "dns-resolution-error")
        #expect(AttemptOutcome.transient(.noResponse, retryAfter: nil).httpStatus == nil)
    }
}
