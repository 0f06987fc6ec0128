import Foundation

/// One of Herald's settings: `HERALD_…` in the environment, the same name in lower camel case in the YAML file.
enum Setting: String, CaseIterable {
    case databaseUrl, databaseConnections
    case kafkaBootstrapServers, kafkaTopic, kafkaPartitions, kafkaReplication, kafkaRetention
    case kafkaSecurityProtocol, kafkaCa, kafkaCertificate, kafkaKey, kafkaKeyPassword
    case kafkaSaslMechanism, kafkaUsername, kafkaPassword
    case kafkaTokenFile, kafkaSettings
    case httpAddress, publicUrl, metricsAddress
    case tlsCertificate, tlsPrivateKey, tlsClientCertificates, tlsClientCa
    case gatewayCertificateHeader, gatewayAddressHeader
    case adminAddress, adminClientCertificates, adminClientCa
    case rateClient, rateService, rateAddress, rateTokenClient, rateTokenAddress
    case connections, connectionsPerAddress
    case statusKey, revision, releaseId, commitId
    case dataDir, referenceDir, authConfig
    case roles, lease, logLevel, logFormat, development
    case feedMaxRows, feedMaxBytes, feedMaxRowBytes, feedMaxFieldBytes, feedByteOrderMark, feedMaxWaiting
    case feedDiskPercent
    case feedInboxDir, extendedAttributesDir
    case pdsUrl, pdsToken, pdsTokenFile, pdsClientId, pdsKeyId, pdsKeyFile, pdsTokenUrl, pdsRate, pdsCacheSeconds,
        pdsCacheSize
    case queryRedactRestricted, queryOlderPath
    case feedDirectory, feedInterval, feedOdsCode, feedMailbox, feedWorkflow, feedTypes
    case meshUrl, meshMailbox, meshPassword, meshSharedKey, meshCertificate, meshPrivateKey, meshCa
    case meshWorkflow, meshPollInterval
    case gpWorkflow, gpTypes, gpFormat, gpSuppressOwn, gpSubject, gpSenderReference
    case nemsAsid, nemsContact, nemsName
    case deliveryInFlight, deliveryInFlightPerClient, deliveryInFlightPerOrigin, deliveryRatePerOrigin
    case deliveryBurstPerOrigin, deliveryMemory
    case auditRetention
    case deliveryPorts, deliveryNetworks, deliveryDeniedNetworks, deliveryCa, deliveryCertificate, deliveryKey
    case subscriptionLimit

    /// What the setting does, for `herald serve --help` and the README.
    var help: String {
        switch self {
        case .databaseUrl: "PostgreSQL, as a URL or keywords of libpq, e.g. postgres://herald@localhost/herald"
        case .databaseConnections: "connections to PostgreSQL at most (16)"
        case .kafkaBootstrapServers: "Kafka brokers, host:port,…; unset: the embedded log, without Kafka"
        case .kafkaTopic: "the topic of the events (herald.vaccination-events)"
        case .kafkaPartitions: "partitions of the topic, when Herald creates it (24)"
        case .kafkaReplication: "copies of each partition, when Herald creates the topic (the broker's default)"
        case .kafkaRetention: "days that the topic keeps events, when Herald creates it (7)"
        case .kafkaSecurityProtocol:
            "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL (SASL_SSL with a mechanism, SSL with a CA or certificate)"
        case .kafkaCa: "file with the certificates that sign the brokers' (the system's)"
        case .kafkaCertificate: "file with this client's certificate, PEM"
        case .kafkaKey: "file with the certificate's private key, PEM"
        case .kafkaKeyPassword: "password of the private key"
        case .kafkaSaslMechanism: "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
        case .kafkaUsername: "user name for PLAIN and SCRAM"
        case .kafkaPassword: "password for PLAIN and SCRAM"
        case .kafkaTokenFile: "file with the access token for OAUTHBEARER, a JWT; read again before it ends"
        case .kafkaSettings: "further librdkafka settings, name=value;name=value"
        case .httpAddress: "address to listen on (127.0.0.1:8480)"
        case .publicUrl: "the address clients use, the same in every process (http:// and the address)"
        case .metricsAddress:
            "address where /metrics needs no token, for Prometheus; unset: a token with herald/admin.read"
        case .tlsCertificate: "PEM file of the server's certificate, with its chain; unset: plain HTTP"
        case .tlsPrivateKey: "PEM file of that certificate's private key"
        case .tlsClientCertificates: "certificates of clients: off, request or require (off)"
        case .tlsClientCa: "PEM file of the authorities that sign them"
        case .gatewayCertificateHeader:
            "header in which a gateway passes on the SHA-256 of a client's certificate; needs require and the gateway's CA"
        case .gatewayAddressHeader: "header in which it passes on the client's address, e.g. X-Forwarded-For; the same"
        case .adminAddress:
            "address of a listener for operators alone: /admin and the dashboard; unset: no such listener"
        case .adminClientCertificates: "certificates of operators there: off, request or require (require with a CA)"
        case .adminClientCa: "PEM file of the authorities that sign them"
        case .rateClient: "requests of a client a second and at once, or off (20/40)"
        case .rateService: "requests of all clients a second and at once, or off (100/200)"
        case .rateAddress: "requests without a good token of an address a second and at once, or off (20/40)"
        case .rateTokenClient: "token requests of a client a second and at once, or off (5/10)"
        case .rateTokenAddress: "token requests of an address a second and at once, or off (20/40)"
        case .connections: "connections at once (4096)"
        case .connectionsPerAddress: "connections at once from one address (512)"
        case .statusKey: "secret that /_status is asked with, in the header apikey; unset: nobody may"
        case .revision: "what /_ping and /_status say of the deployed revision"
        case .releaseId: "what they say of the release"
        case .commitId: "what they say of the commit"
        case .dataDir: "folder of the signing key and the demo's cluster (.herald)"
        case .referenceDir:
            "folder with vaccine-types.json and suppliers.json for the first start, in place of the built-in tables"
        case .authConfig:
            "YAML or JSON file with further issuers, identity providers and clients; unset: the built-in issuer only"
        case .roles: "what this process does: intake, relay, router, delivery, api (all)"
        case .lease: "seconds a process may be silent before others take over its work (15)"
        case .logLevel: "trace, debug, info, notice, warning, error or critical (info)"
        case .logFormat: "text or json (text)"
        case .development:
            "true allows endpoints and key sets without TLS; refused with a public listen address (false)"
        case .feedMaxRows: "rows in a file that is taken in at most (5000000)"
        case .feedMaxBytes: "bytes in such a file at most (8589934592)"
        case .feedMaxRowBytes: "bytes in one of its rows at most (1048576)"
        case .feedMaxFieldBytes: "bytes in one of its fields at most (65536)"
        case .feedByteOrderMark: "false refuses a file that begins with a UTF-8 byte order mark (true)"
        case .feedMaxWaiting:
            "events that may wait to be published or routed; above, feeds are kept and not processed (1000000)"
        case .feedDiskPercent:
            "percent of the database's disk that may be used, if it is on this machine; above, feeds are kept and not processed; 100: any (80)"
        case .feedInboxDir:
            "watched folder: role intake takes feeds from it and puts acknowledgements there; unset: none"
        case .extendedAttributesDir:
            "folder that extended attributes files are passed on to; unset: they wait in Herald"
        case .pdsUrl: "FHIR base of the Personal Demographics Service; unset: the table that herald patients load fills"
        case .pdsToken: "access token for the Personal Demographics Service"
        case .pdsTokenFile: "file that holds it, read for each request"
        case .pdsClientId:
            "API key of Herald's own application, which gets its access tokens by itself (in place of a token)"
        case .pdsKeyId: "name (kid) of the application's key in its registered key set"
        case .pdsKeyFile: "PEM file of that key's private half, RSA"
        case .pdsTokenUrl: "where tokens are asked for (/oauth2/token at the host of HERALD_PDS_URL)"
        case .pdsRate: "requests to the Personal Demographics Service a second at most (25)"
        case .pdsCacheSeconds: "seconds its answers count (3600)"
        case .pdsCacheSize: "answers of it kept at most (100000)"
        case .queryRedactRestricted:
            "false shows restricted patients' records in full to everybody who may see them (true)"
        case .queryOlderPath:
            "path of the older history API, or off for none (/immunisation-history/FHIR/R4)"
        case .feedDirectory:
            "folder of the feed to the National Immunisation Service; with HERALD_FEED_MAILBOX where its runs wait to be sent (nis below HERALD_DATA_DIR); neither set: no such feed"
        case .feedInterval: "seconds from one feed run to the next (3600)"
        case .feedOdsCode: "Herald's own ODS code in feed names (X26)"
        case .feedMailbox: "MESH mailbox that feed runs are sent to, e.g. NIS00001; unset: they stay in the folder"
        case .feedWorkflow: "workflow that runs are sent with; answers come with _ACK appended (NIS_VACC_FEED)"
        case .feedTypes: "vaccine types in the feed, e.g. FLU,COVID; unset: all"
        case .meshUrl:
            "MESH, from which feeds are taken and by which GP practices are told, e.g. https://msg.intspineservices.nhs.uk; unset: no MESH"
        case .meshMailbox: "Herald's own mailbox"
        case .meshPassword: "the mailbox's password"
        case .meshSharedKey: "the shared key of the MESH environment"
        case .meshCertificate: "PEM file of the client's certificate for MESH, with its chain"
        case .meshPrivateKey: "PEM file of that certificate's private key"
        case .meshCa: "PEM file of the authorities that MESH's certificate is checked against (the system's)"
        case .meshWorkflow: "the workflow that feeds come with; acknowledgements get _ACK appended (VACCINATION_FEED)"
        case .nemsAsid: "Herald's accredited system id, 12 digits: it sends national events then; unset: they wait"
        case .nemsContact: "the mail address or telephone number at which receivers of national events report a fault"
        case .nemsName: "the system's name in national events (Herald)"
        case .meshPollInterval: "seconds from one look into the mailbox to the next (60)"
        case .gpWorkflow: "the workflow of documents to GP practices; answers have _ACK appended (DIGMED_FLU_VAC)"
        case .gpTypes: "vaccine types that GP practices are told of by MESH, e.g. FLU,COVID (all)"
        case .gpFormat: "xml or json: the form of documents to GP practices (xml)"
        case .gpSuppressOwn: "false sends a practice documents of vaccinations that it has given itself (true)"
        case .gpSubject: "full, or plain for subjects of MESH messages that do not name the patient (full)"
        case .gpSenderReference: "none, or record for a reference that answers echo, RECORD.vN (none)"
        case .deliveryInFlight: "subscriptions this process sends on at once (1000)"
        case .deliveryInFlightPerClient: "of one client's (50)"
        case .deliveryInFlightPerOrigin: "of those whose endpoints share scheme, host and port (10)"
        case .deliveryRatePerOrigin: "notifications a second to one scheme, host and port (50)"
        case .deliveryBurstPerOrigin: "notifications at once to one after a quiet time (50)"
        case .deliveryMemory: "MiB of notifications in hand at most (512)"
        case .auditRetention: "days that audit records are kept (2922: eight years)"
        case .deliveryPorts: "ports that subscribers' endpoints may have (443)"
        case .deliveryNetworks:
            "networks that endpoints may be in although they are not of the public internet, e.g. 10.20.0.0/16 for HSCN; unset: none"
        case .deliveryDeniedNetworks:
            "further networks that endpoints must not be in; this machine's addresses are refused anyway"
        case .deliveryCa: "PEM file of authorities that endpoints' certificates are checked against beside the system's"
        case .deliveryCertificate:
            "PEM file of the certificate that Herald shows to endpoints that ask for one, with its chain"
        case .deliveryKey: "PEM file of that certificate's private key"
        case .subscriptionLimit: "subscriptions that one API client may have (10000)"
        }
    }

    /// Whether the value must not be shown anywhere.
    var isSecret: Bool {
        switch self {
        case .databaseUrl, .kafkaSettings, .kafkaPassword, .kafkaKeyPassword, .meshPassword, .meshSharedKey,
            .pdsToken, .statusKey:
            true
        default: false
        }
    }

    /// The environment variable's name.
    var variable: String {
        var name = "HERALD_"
        for character in rawValue {
            if character.isUppercase { name.append("_") }
            name.append(contentsOf: character.uppercased())
        }
        return name
    }

    /// All settings as lines for a help text.
    static var table: String {
        allCases.map { "\($0.variable)\n    \($0.help)" }.joined(separator: "\n")
    }
}
