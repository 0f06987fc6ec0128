import Testing

@testable import Postgres

struct ConfigurationTests {
    @Test(arguments: [
        "postgres://ann:secret@db.example:6432/hub?sslmode=require",
        "postgresql://db.example:6432/hub?user=ann&password=secret&sslmode=require",
        "host=db.example port=6432 dbname=hub user=ann password='secret' sslmode=require",
    ])
    func readsURLsAndKeywordStrings(text: String) throws {
        let keywords = try PostgresConfiguration(url: text).connectionKeywords
        #expect(keywords["host"] == "db.example")
        #expect(keywords["port"] == "6432")
        #expect(keywords["dbname"] == "hub")
        #expect(keywords["user"] == "ann")
        #expect(keywords["password"] == "secret")
        #expect(keywords["sslmode"] == "require")
    }

    @Test func readsASocketFolder() throws {
        let configuration = try PostgresConfiguration(url: "postgres:///hub?host=/run/postgresql")
        #expect(configuration.connectionKeywords["host"] == "/run/postgresql")
        #expect(configuration.database == "hub")
    }

    @Test func showsNoPassword() throws {
        let configuration = try PostgresConfiguration(url: "postgres://ann:secret@db.example/hub")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("secret"))
            #expect(text.contains("host=db.example"))
        }
    }

    @Test(arguments: ["postgres://ann:sec\"ret@[::1/hub", "secret phrase", "postgres://h/?secret=1", "host=a\0secret"])
    func refusesWhatItCannotReadWithoutRepeatingIt(text: String) throws {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: text) }
        guard case .configuration(let complaint) = error else { throw Refusal() }
        #expect(!complaint.contains("sec"))
    }

    @Test func connectsInUTF8AndUTC() throws {
        var configuration = try PostgresConfiguration(url: "postgres:///?options=-c%20jit%3Doff")
        configuration.statementTimeout = .milliseconds(1500)
        configuration.connectTimeout = .milliseconds(2500)
        let keywords = configuration.connectionKeywords
        #expect(keywords["client_encoding"] == "UTF8")
        #expect(keywords["options"] == "-c jit=off -c TimeZone=UTC -c statement_timeout=1500")
        #expect(keywords["connect_timeout"] == "3")
        #expect(keywords["application_name"] == "herald")
    }

    @Test func writesAURLThatReadsTheSame() throws {
        let text = "host='/run/a b' user=ann password='p&?%=ä' dbname=hub"
        var configuration = try PostgresConfiguration(url: text)
        configuration.database = "other"
        let again = try PostgresConfiguration(url: configuration.url)
        #expect(again.connectionKeywords == configuration.connectionKeywords)
        #expect(again.database == "other")
    }
}
