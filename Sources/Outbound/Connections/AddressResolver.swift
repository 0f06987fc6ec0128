import Glibc
import NIOCore
import NIOPosix

/// Looks host names up; tests put name servers that lie in its place.
package protocol AddressResolver: Sendable {
    /// All addresses of a name; none for a name that does not exist, or where no answer came.
    func addresses(of host: String) async -> [IPAddress]
}

/// Asks the system, on threads of its own: `getaddrinfo` waits for the name server (`delivery.md` §7).
package struct SystemResolver: AddressResolver {
    /// Look-ups in flight at most.
    static let limit = 50
    /// How long an answer is waited for (`delivery.md` §11).
    static let patience = TimeAmount.seconds(3)

    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: limit)
        threads.start()
        return threads
    }()

    package init() {}

    package func addresses(of host: String) async -> [IPAddress] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: [IPAddress].self)
        // A look-up cannot be broken off: its thread comes back when the system gives up, nobody waits for it.
        let end = loop.scheduleTask(in: Self.patience) { answer.succeed([]) }
        let latest = NIODeadline.now() + Self.patience
        Self.threads.submit { state in
            let isWanted = state == .active && NIODeadline.now() < latest
            answer.succeed(isWanted ? Self.lookUp(host) : [])
        }
        let addresses = try? await answer.futureResult.get()
        end.cancel()
        return addresses ?? []
    }

    private static func lookUp(_ host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry?.pointee {
            let socket = UnsafeRawPointer(current.ai_addr)
            let address: SocketAddress? =
                switch current.ai_family {
                case AF_INET: socket.map { SocketAddress($0.load(as: sockaddr_in.self)) }
                case AF_INET6: socket.map { SocketAddress($0.load(as: sockaddr_in6.self)) }
                default: nil
                }
            addresses += [address.flatMap { IPAddress($0) }].compactMap(\.self)
            entry = current.ai_next
        }
        return addresses
    }
}
