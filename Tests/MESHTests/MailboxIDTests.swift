import MESH
import Testing

@Suite struct MailboxIDTests {
    @Test func mailboxesAreInUpperCase() {
        #expect(MailboxID("x26Herald1")?.text == "X26HERALD1")
    }

    @Test(arguments: ["", "X26/HERALD", "X26 HERALD", "X26-1", "MÜLL", "..", "X?a=b"])
    func whatIsNoMailboxIsRefused(_ text: String) {
        #expect(MailboxID(text) == nil)
    }

    @Test(arguments: ["20220228174323222_ABCDEF", "A48B4D6CBED94BF283BFD5044B611441"])
    func messageIDsOfBothServersAreTaken(_ text: String) {
        #expect(MessageID(text)?.text == text)
    }

    @Test(arguments: ["", "a/b", "..", "a b", "a?b", "é", "a%2F"])
    func whatNoPathShouldHoldIsNoMessageID(_ text: String) {
        #expect(MessageID(text) == nil)
    }
}
