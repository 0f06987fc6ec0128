import Testing

@testable import MESH

@Suite struct HeaderTextTests {
    @Test(
        "TM-12: what comes from data is cleaned",
        arguments: [
            ("Vaccination record", "Vaccination record"), ("two\r\nlines\tand\u{A0}more ", "two lines and more"),
            ("Müller, Łukasz", "Muller, ?ukasz"), ("naïve 🩹 text", "naive ? text"), ("\u{0}\u{1}", ""), ("", ""),
            ("X\r\nMex-To: EVIL", "X Mex-To: EVIL"),
        ]
    )
    func cleaning(_ text: String, _ cleaned: String) {
        #expect(HeaderText.clean(text, limit: 100) == cleaned)
    }

    @Test func whatIsTooLongIsCut() {
        #expect(HeaderText.clean(String(repeating: "é", count: 600), limit: 500) == String(repeating: "e", count: 500))
    }

    @Test(arguments: ["http://X26HERALD1", "HTTPS://http://X26HERALD1"])
    func anAddressIsNoURL(_ text: String) {
        #expect(HeaderText.cleanAddress(text, limit: 100) == "X26HERALD1")
    }

    @Test func aChecksumKeepsWhatMESHAllows() {
        var message = OutgoingMessage(
            to: "X26HERALD1",
            workflow: "W",
            localID: "L",
            fileName: "dé\nbut.csv",
            contentType: "text/csv",
            body: .content([1])
        )
        message.checksum = "SHA-256 a+b/c=="
        let headers = Dictionary(uniqueKeysWithValues: message.headers)
        #expect(headers["Mex-Content-Checksum"] == "SHA-256 ab/c")
        #expect(headers["Mex-FileName"] == "de but.csv")
        #expect(headers["Mex-Subject"] == nil)
    }
}
