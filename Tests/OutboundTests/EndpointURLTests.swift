import Outbound
import Testing

/// D-70 and D-71: one strict reading of an endpoint's URL.
@Suite struct EndpointURLTests {
    private func error(_ text: String, _ policy: AddressPolicy = AddressPolicy()) -> EndpointURLError? {
        do throws(EndpointURLError) {
            _ = try EndpointURL(text, policy: policy)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("https://hooks.example.nhs.uk/herald?x=1", "hooks.example.nhs.uk", 443, "/herald?x=1"),
        ("HTTPS://Hooks.Example.NHS.uk", "hooks.example.nhs.uk", 443, "/"),
        ("https://hooks.example:443?a=b", "hooks.example", 443, "/?a=b"),
        ("https://b%C3%BCcher.example/", "", 0, ""),
        ("https://bücher.example/%C3%BC", "xn--bcher-kva.example", 443, "/%C3%BC"),
        ("https://3com.example/", "3com.example", 443, "/"),
    ])
    func readsWhatIsAllowed(text: String, host: String, port: Int, target: String) throws {
        guard port > 0 else {
            #expect(error(text) == .host)
            return
        }
        let url = try EndpointURL(text, policy: AddressPolicy())
        #expect(url.host == host && url.port == port && url.target == target && url.isSecure && url.address == nil)
    }

    @Test(
        arguments: [
            ("http://hooks.example/", EndpointURLError.scheme), ("ftp://hooks.example/", .scheme),
            ("hooks.example", .scheme),
            ("//hooks.example/", .scheme), ("https:/hooks.example", .scheme), ("javascript:alert(1)", .scheme),
            ("https://user@hooks.example/", .userInfo), ("https://user:word@hooks.example/", .userInfo),
            ("https://hooks.example/#part", .fragment), ("https://hooks.example#@evil.example/", .fragment),
            ("https://hooks.example:8443/", .port(8443)), ("https://hooks.example:80/", .port(80)),
            ("https://hooks.example:0443/", .portText), ("https://hooks.example:65536/", .portText),
            ("https://hooks.example:/", .portText), ("https://hooks.example:4 43/", .characters),
            ("https:///x", .host), ("https://", .host), ("https://hooks.example./", .host),
            ("https://hooks..example/", .host),
            ("https://.example/", .host), ("https://-a.example/", .host), ("https://a_b.example/", .host),
            ("https://intranet/", .singleLabel), ("https://localhost/", .singleLabel),
            ("https://127.0.0.1/", .literal), ("https://8.8.8.8/", .literal), ("https://0x7f.1/", .literal),
            ("https://2130706433/", .literal), ("https://127.1/", .literal), ("https://0177.0.0.1/", .literal),
            ("https://0x7f000001/", .literal), ("https://127.0.0.0x1/", .literal), ("https://1.2.3.4.5/", .literal),
            ("https://①②⑦.⓪.⓪.①/", .literal), ("https://[::1]/", .literal), ("https://[::ffff:10.0.0.1]/", .literal),
            ("https://[64:ff9b::a00:1]/", .literal), ("https://[fe80::1%25eth0]/", .host),
            ("https://[fe80::1%eth0]/", .host),
            ("https://[127.0.0.1]/", .host), ("https://[::1/", .host), ("https://127.0.0.1%00.example/", .host),
            ("https://%31%32%37.0.0.1/", .host), ("https://hooks.example\\@evil.example/", .characters),
            ("https://hooks.example/a b", .characters), ("https://hooks.example/\u{0}", .characters),
            ("https://hooks.example/\r\nX: y", .characters), ("https://hooks.example/\u{7F}", .characters),
            ("https://hooks\u{200B}.example/", .characters), ("https://hooks.example/%zz", .characters),
            ("https://hooks.example/%4", .characters), ("https://hooks.example/ü", .characters),
            ("\thttps://hooks.example/", .characters),
        ] as [(String, EndpointURLError)]
    )
    func refusesEverythingElse(text: String, expected: EndpointURLError) {
        #expect(error(text) == expected)
    }

    @Test func refusesWhatIsTooLong() {
        #expect(error("https://hooks.example/" + String(repeating: "a", count: 2048)) == .length)
        #expect(error("https://" + String(repeating: "a", count: 64) + ".example/") == .host)
        #expect(error("https://" + String(repeating: "a.", count: 127) + "example/") == .host)
    }

    @Test(
        "Development opens http, loopback and every port, and nothing else",
        arguments: [
            "http://127.0.0.1:8499/", "http://localhost:8499/", "https://[::1]:9/", "http://hooks.example:8080/",
        ]
    )
    func developmentOpensLoopback(text: String) throws {
        var policy = AddressPolicy()
        #expect(error(text) != nil)
        policy.isDevelopment = true
        _ = try EndpointURL(text, policy: policy)
        for text in ["http://10.0.0.1/", "https://8.8.8.8/", "http://intranet/", "http://0x7f.1/", "ftp://127.0.0.1/"] {
            #expect(error(text, policy) != nil)
        }
    }

    @Test func operatorsOpenPortsAndNetworks() throws {
        var policy = AddressPolicy()
        policy.ports.insert(8443)
        policy.reopened = [try #require(IPNetwork("10.1.0.0/16"))]
        #expect(try EndpointURL("https://10.1.2.3:8443/", policy: policy).authority == "10.1.2.3:8443")
        #expect(error("https://10.2.2.3/", policy) == .literal)
        #expect(error("https://10.1.2.3:81/", policy) == .port(81))
    }

    @Test func saysItsOriginAndAuthority() throws {
        let policy = AddressPolicy()
        #expect(try EndpointURL("https://A.example/x", policy: policy).origin == "https://a.example")
        #expect(try EndpointURL("https://A.example:443/x", policy: policy).authority == "a.example")
        var open = policy
        open.isDevelopment = true
        #expect(try EndpointURL("http://[::1]:80/x", policy: open).origin == "http://[::1]")
        #expect(try EndpointURL("http://[::1]:81/x", policy: open).authority == "[::1]:81")
    }
}
