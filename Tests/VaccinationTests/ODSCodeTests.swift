import Testing
import Vaccination

@Suite struct ODSCodeTests {
    @Test(arguments: [
        ("YGM41", "YGM41"), ("x26", "X26"), ("8j1100001", "8J1100001"), ("A", "A"), ("ABCDEFGHIJKL", "ABCDEFGHIJKL"),
    ])
    func isUpperCase(text: String, code: String) {
        #expect(ODSCode(text)?.text == code)
    }

    @Test(arguments: ["", "ABCDEFGHIJKLM", "A B", "A-B", "É1", "ſ1", "X26\n"])
    func refusesAnythingElse(text: String) {
        #expect(ODSCode(text) == nil)
    }
}
