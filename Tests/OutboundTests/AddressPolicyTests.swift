import Outbound
import Testing

/// D-73, and the static half of T-14.
@Suite struct AddressPolicyTests {
    @Test(arguments: [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1",
        "192.88.99.1", "192.168.0.1", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.255", "240.0.0.0", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:1::1",
        "2001:db8::1", "2002:a00:1::", "2002:808:808::", "3fff::1", "3fff:fff::1", "5f00::1", "fc00::1", "fd00::1",
        "fe80::1", "febf::1", "ff00::1", "ff02::1", "4000::1", "1::1",
    ])
    func refusesSpecialAddresses(text: String) throws {
        #expect(!AddressPolicy().allows(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.0.3.1",
        "192.88.98.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4009::1", "2001:4860:4860::8888", "3ffe::1",
    ])
    func allowsPublicAddresses(text: String) throws {
        #expect(AddressPolicy().allows(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "0x7f.0.0.1", "127.1", "2130706433", " 1.2.3.4", "1.2.3.4 ",
        "fe80::1%eth0", "::1%1", "[::1]", ":::1", "1::2::3", "g::1", "1.2.3.4:80",
    ])
    func readsNoOtherSpelling(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.1.2.3/8", "10.0.0.0/8/8", "fc00::/129", "x/8", "/8",
    ])
    func networksAreReadStrictly(text: String) { #expect(IPNetwork(text) == nil) }

    @Test func anOperatorOpensANetworkAndDeniesOne() throws {
        let policy = AddressPolicy().reopening([try #require(IPNetwork("10.1.0.0/16"))])
        #expect(policy.allows(try #require(IPAddress("10.1.255.255"))))
        #expect(policy.allows(try #require(IPAddress("::ffff:10.1.0.1"))))
        #expect(!policy.allows(try #require(IPAddress("10.2.0.0"))))
        var strict = AddressPolicy()
        strict.denied = [try #require(IPNetwork("8.8.8.8"))]
        #expect(!strict.allows(try #require(IPAddress("8.8.8.8"))))
        #expect(strict.allows(try #require(IPAddress("8.8.8.9"))))
    }

    /// D-72: one address that is denied is enough; §5.1: a name without addresses is for the handshake to judge.
    @Test(arguments: [
        (["8.8.8.8", "10.0.0.1"], false), (["3fff::1"], false), (["::ffff:169.254.169.254"], false),
        (["8.8.8.8", "2606:4700::1111"], true), ([], true),
    ]) func aNamesAddressesAreJudgedWhenItIsNamed(addresses: [String], isTaken: Bool) async {
        func error(_ policy: AddressPolicy) async -> EndpointURLError? {
            do throws(EndpointURLError) {
                try await policy.check("https://hooks.example.nhs.uk/x", resolver: ScriptedResolver(addresses))
                return nil
            } catch {
                return error
            }
        }
        #expect(await error(AddressPolicy()) == (isTaken ? nil : .denied))
        let open = AddressPolicy().reopening(
            ["10.0.0.0/8", "3fff::/20", "169.254.0.0/16"].compactMap { IPNetwork($0) }
        )
        #expect(await error(open) == nil)
    }

    @Test func anAddressInPlaceOfANameIsJudgedToo() async throws {
        let open = AddressPolicy().reopening([try #require(IPNetwork("10.1.0.0/16"))])
        #expect(try await open.check("https://10.1.2.3/x", resolver: ScriptedResolver([])).host == "10.1.2.3")
        await #expect(throws: EndpointURLError.literal) { try await open.check("https://10.2.0.1/x") }
    }

    @Test func developmentOpensLoopbackAlone() throws {
        var policy = AddressPolicy()
        policy.isDevelopment = true
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            #expect(policy.allows(try #require(IPAddress(text))))
        }
        for text in ["10.0.0.1", "0.0.0.0", "::", "169.254.169.254"] {
            #expect(!policy.allows(try #require(IPAddress(text))))
        }
    }
}
