// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "herald",
    products: [.executable(name: "herald", targets: ["herald"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms.git", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CRdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Postgres", dependencies: ["CLibpq", .logging, .serviceLifecycle]),
        .target(name: "Kafka", dependencies: ["CRdkafka", .logging]),
        .target(name: "Gzip", dependencies: ["CZlib"]),
        .target(name: "Prometheus", dependencies: [.coreMetrics]),
        .target(name: "MESH", dependencies: ["Gzip", .httpClient, .crypto, .nioCore, .nioHTTP1, .nioSSL]),
        .target(name: "FHIR"),
        .target(name: "Vaccination", dependencies: ["FHIR", .crypto]),
        .target(
            name: "Feeds",
            dependencies: ["Vaccination", "Gzip", .crypto, .asyncAlgorithms, .logging, .serviceLifecycle, .metrics]
        ),
        .target(name: "Events", dependencies: ["FHIR", "Vaccination", .logging, .serviceLifecycle, .crypto, .metrics]),
        .target(name: "Subscriptions", dependencies: ["Events", "FHIR", "Vaccination"]),
        .target(name: "Messages", dependencies: ["FHIR", "Vaccination", "Events", .crypto]),
        .target(
            name: "Deliveries",
            dependencies: [
                "Access", "Messages", "Subscriptions", "Events", "Outbound", "Vaccination", "FHIR", .crypto, .logging,
                .metrics,
                .serviceLifecycle,
            ]
        ),
        .target(
            name: "PDS",
            dependencies: [
                "Events", "FHIR", "Vaccination", .httpClient, .jwt, .logging, .nioCore, .nioHTTP1, .serviceLifecycle,
            ]
        ),
        .target(
            name: "Outbound",
            dependencies: ["Access", .asn1, .crypto, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .nioTLS, .x509]
        ),
        .target(name: "Access", dependencies: [.crypto, .cryptoExtras, .logging, .serviceLifecycle]),
        .target(name: "Operations", dependencies: ["Prometheus", "Vaccination"]),
        .target(
            name: "Store",
            dependencies: [
                "Postgres", "FHIR", "Vaccination", "Feeds", "Events", "Subscriptions", "Deliveries", "Access",
                "Operations", "Outbound", "Messages",
            ],
            resources: [.embedInCode("Migrations")]
        ),
        .target(name: "EventStream", dependencies: ["Kafka", "Events", "Vaccination", "FHIR", .logging]),
        .target(
            name: "WebAPI",
            dependencies: [
                "Deliveries", "Events", "FHIR", "Messages", "Outbound", "Subscriptions", "Vaccination", "Feeds",
                "Access",
                .hummingbird,
                .httpTypes, .logging, .nioCore, .nioHTTPTypes,
                "Operations", .crypto, .metrics, .hummingbirdCore, .nioHTTP1, .nioSSL, .nioTLS, .x509, .asn1,
            ],
            resources: [.embedInCode("Dashboard"), .embedInCode("Topics")]
        ),
        .executableTarget(
            name: "herald",
            dependencies: [
                "Postgres", "Kafka", "FHIR", "Vaccination", "Feeds", "Events", "Subscriptions", "Messages",
                "Deliveries", "Outbound",
                "Access", "PDS", "Store", "EventStream", "WebAPI", "MESH", "Gzip", .hummingbird, .hummingbirdCore,
                .hummingbirdTLS, .nioSSL,
                .httpTypes,
                .httpClient,
                .arguments,
                .configuration, .logging, .serviceLifecycle, .unixSignals, .nioCore, .nioHTTP1, .nioPosix, .yams,
                "Operations",
                "Prometheus", .coreMetrics,
            ]
        ),
        .target(
            name: "HeraldTestKit",
            dependencies: [
                "Postgres", "Kafka", "FHIR", "Vaccination", "Feeds", "Events", "Subscriptions", "Messages",
                "Deliveries", "Access", "Outbound",
                "Store", "EventStream", "MESH", "CRdkafka", .crypto, .cryptoExtras, .logging, .serviceLifecycle,
                .httpClient, .nioCore,
                .nioHTTP1,
                .nioPosix, .nioSSL,
            ]
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Postgres", "HeraldTestKit", .logging, .serviceLifecycle, .serviceLifecycleTestKit]
        ),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", .logging, .inMemoryLogging]),
        .testTarget(name: "PrometheusTests", dependencies: ["Prometheus", .coreMetrics]),
        .testTarget(name: "GzipTests", dependencies: ["Gzip"]),
        .testTarget(name: "MESHTests", dependencies: ["MESH", "Gzip", "HeraldTestKit", .crypto, .httpClient]),
        .testTarget(name: "FHIRTests", dependencies: ["FHIR"]),
        .testTarget(name: "VaccinationTests", dependencies: ["FHIR", "Vaccination"], resources: [.copy("Fixtures")]),
        .testTarget(
            name: "FeedsTests",
            dependencies: ["FHIR", "Feeds", "Messages", "Vaccination", "HeraldTestKit"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "MessagesTests",
            dependencies: ["Messages", "FHIR", "Vaccination", "Events"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "EventsTests",
            dependencies: [
                "Events", "Subscriptions", "Vaccination", "HeraldTestKit", .logging, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "SubscriptionsTests",
            dependencies: ["Subscriptions", "Events", "FHIR", "Vaccination"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "DeliveriesTests",
            dependencies: [
                "Deliveries", "Subscriptions", "Events", "Messages", "FHIR", "Vaccination", "HeraldTestKit", .logging,
                .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Store", "Postgres", "Feeds", "Events", "Subscriptions", "Deliveries", "Messages", "FHIR",
                "Vaccination", "Gzip", "Outbound",
                "Access", "HeraldTestKit", .crypto, .logging, .serviceLifecycle, "Operations",
            ]
        ),
        .testTarget(
            name: "EventStreamTests",
            dependencies: [
                "EventStream", "Kafka", "Events", "Store", "Subscriptions", "Postgres", "Vaccination", "FHIR",
                "HeraldTestKit", .logging, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "PDSTests",
            dependencies: [
                "PDS", "Events", "FHIR", "Vaccination", "HeraldTestKit", .httpTypes, .hummingbird, .hummingbirdTesting,
                .jwt, .logging,
            ]
        ),
        .testTarget(
            name: "OutboundTests",
            dependencies: [
                "Access", "HeraldTestKit", "Outbound", .crypto, .nioCore, .nioHTTP1, .nioPosix, .nioSSL,
            ]
        ),
        .testTarget(name: "AccessTests", dependencies: ["Access", .crypto, .cryptoExtras, .jwt]),
        .testTarget(
            name: "heraldTests",
            dependencies: [
                "herald", "Access", "Deliveries", "Messages", "Outbound", "PDS", "Postgres", "Store", "FHIR", "Feeds",
                "Events",
                "Subscriptions",
                "Kafka",
                "Vaccination", "WebAPI", "MESH", "Gzip", "HeraldTestKit", "Operations", "Prometheus", .crypto,
                .httpClient,
                .arguments,
                .nioHTTP1,
                .configuration,
                .hummingbird,
                .hummingbirdTesting, .yams, .httpTypes,
                .coreMetrics, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .serviceLifecycle,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

extension Target.Dependency {
    static let arguments: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asn1: Self = .product(name: "SwiftASN1", package: "swift-asn1")
    static let asyncAlgorithms: Self = .product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
    static let configuration: Self = .product(name: "Configuration", package: "swift-configuration")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Self = .product(name: "CryptoExtras", package: "swift-crypto")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let metrics: Self = .product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTLS: Self = .product(name: "HummingbirdTLS", package: "hummingbird")
    static let hummingbirdTesting: Self = .product(name: "HummingbirdTesting", package: "hummingbird")
    static let httpClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let inMemoryLogging: Self = .product(name: "InMemoryLogging", package: "swift-log")
    static let serviceLifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let serviceLifecycleTestKit: Self = .product(
        name: "ServiceLifecycleTestKit",
        package: "swift-service-lifecycle"
    )
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS: Self = .product(name: "NIOTLS", package: "swift-nio")
    static let x509: Self = .product(name: "X509", package: "swift-certificates")
    static let yams: Self = .product(name: "Yams", package: "Yams")
    static let jwt: Self = .product(name: "JWTKit", package: "jwt-kit")
}

let features = [
    "ExistentialAny", "InferIsolatedConformances", "InternalImportsByDefault", "MemberImportVisibility",
    "NonisolatedNonsendingByDefault",
]
for target in package.targets where target.type != .system {
    target.swiftSettings = features.map { .enableUpcomingFeature($0) } + [.treatAllWarnings(as: .error)]
}
