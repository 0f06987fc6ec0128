import Access
import ArgumentParser
import Events
import EventStream
import Feeds
import Foundation
import Kafka
import Logging
import Postgres
import Store

/// `herald doctor`: checks what the hub depends on.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Check configuration, database, schema, Kafka, MESH, patient directory, signing key and disk, and say what to mend."
    )

    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Print JSON.") var json = false

    /// What one check found.
    struct Finding: Encodable {
        let check: String
        let isFine: Bool
        let detail: String
    }

    func run() async throws {
        let findings = await findings()
        if json {
            try Console.json(findings)
        } else {
            for finding in findings {
                Console.line("\(finding.isFine ? "ok  " : "BAD ") \(finding.check): \(finding.detail)")
            }
        }
        if findings.contains(where: { !$0.isFine }) { throw ExitCode.failure }
    }

    private func findings() async -> [Finding] {
        let configuration: HubConfiguration
        do {
            configuration = try HubConfiguration(reader: database.reader())
        } catch {
            let directory = (try? database.reader().text(.dataDir)) ?? ".herald"
            return [
                Finding(check: "configuration", isFine: false, detail: "\(error)"), key(directory), disk(directory),
            ]
        }
        var findings = [Finding(check: "configuration", isFine: true, detail: "complete")]
        findings += await check(
            configuration.database,
            topic: configuration.kafka.map { _ in configuration.topic.name },
            worker: configuration.feedWorker
        )
        findings.append(await kafka(configuration))
        findings.append(await mesh(configuration))
        findings.append(await pds(configuration))
        findings.append(key(configuration.dataDirectory))
        findings.append(disk(configuration.dataDirectory))
        return findings
    }

    private func check(
        _ configuration: PostgresConfiguration,
        topic: String?,
        worker: FeedWorkerConfiguration
    ) async -> [Finding] {
        var logger = Logger(label: "herald")
        logger.logLevel = .critical
        let pool = PostgresPool(configuration: configuration, logger: logger)
        var findings: [Finding] = []
        do {
            let row = try await pool.query(
                """
                SELECT current_setting('server_version') AS version, current_setting('fsync') = 'on'
                    AND current_setting('full_page_writes') = 'on' AND current_setting('synchronous_commit') <> 'off' AS safe,
                    abs(extract(epoch FROM now())::float8 - $1::float8) AS skew
                """,
                [.double(Date().timeIntervalSince1970)]
            ).first
            let version = try row?.decode("version", as: String.self) ?? "?"
            findings.append(Finding(check: "database", isFine: true, detail: "PostgreSQL \(version)"))
            let safe = try row?.decode("safe", as: Bool.self) ?? false
            findings.append(
                Finding(
                    check: "durability",
                    isFine: safe,
                    detail: safe ? "commits are durable" : "set fsync, full_page_writes and synchronous_commit on"
                )
            )
            let skew = try row?.decode("skew", as: Double.self) ?? 0
            findings.append(
                Finding(
                    check: "clock",
                    isFine: skew < 5,
                    detail: skew < 5
                        ? "agrees with the database" : "differs by \(Int(skew)) s: synchronise both machines"
                )
            )
        } catch {
            await pool.close()
            return [Finding(check: "database", isFine: false, detail: "\(error); check HERALD_DATABASE_URL")]
        }
        do {
            let depth = try await PostgresStore(pool: pool).depth()
            findings.append(
                Finding(check: "schema", isFine: true, detail: "there; \(depth.waiting) events wait to be routed")
            )
            if let disk = try await PostgresStore(pool: pool).diskUse() {
                findings.append(Self.databaseDisk(disk, limit: worker.diskLimit))
            }
            if depth.waiting > worker.waitingLimit {
                findings.append(
                    Finding(
                        check: "backlog",
                        isFine: false,
                        detail: """
                            feeds are accepted and not processed while more than \(worker.waitingLimit) events wait \
                            (HERALD_FEED_MAX_WAITING): see publishing
                            """
                    )
                )
            }
            findings.append(Self.auditTrail(try await PostgresStore(pool: pool).auditRights()))
            findings += try await EventLogDoctor(store: PostgresStore(pool: pool)).findings(configured: topic)
        } catch {
            findings.append(Finding(check: "schema", isFine: false, detail: "missing or old: run herald migrate"))
        }
        findings += await FeedsCheck(store: PostgresStore(pool: pool)).findings()
        await pool.close()
        return findings
    }

    /// Whether the role can do with the audit trail what it must, and no more (A-54).
    private static func auditTrail(_ rights: AuditRights) -> Finding {
        let detail =
            if !rights.mayAppend {
                "the role \(rights.role) may not write it: run herald migrate --hub-role \(rights.role) as the tables' owner"
            } else if rights.mayChange {
                "append-only by trigger; the role \(rights.role) could switch that off: see herald migrate --hub-role"
            } else {
                "append-only: the role \(rights.role) can neither change nor remove records"
            }
        return Finding(check: "audit trail", isFine: rights.mayAppend, detail: detail)
    }

    private func kafka(_ configuration: HubConfiguration) async -> Finding {
        guard let kafka = configuration.kafka else {
            return Finding(
                check: "event log",
                isFine: true,
                detail: "embedded (HERALD_KAFKA_BOOTSTRAP_SERVERS is not set)"
            )
        }
        do {
            var logger = Logger(label: "herald")
            logger.logLevel = .critical
            let admin = try KafkaAdmin(configuration: kafka, logger: logger)
            guard let topic = try await admin.topicDescription(configuration.topic.name) else {
                return Finding(
                    check: "event log",
                    isFine: true,
                    detail: "Kafka answers; herald serve will create the topic"
                )
            }
            let problems = try await configuration.topic.findings(with: admin)
            let shape = "topic \(topic.name), \(topic.partitions) partitions, \(topic.replication) copies"
            return Finding(
                check: "event log",
                isFine: !problems.contains(where: \.isFatal),
                detail: ([shape] + problems.map(\.text)).joined(separator: "; ")
            )
        } catch {
            return Finding(
                check: "event log",
                isFine: false,
                detail: "\(error); check HERALD_KAFKA_BOOTSTRAP_SERVERS and HERALD_KAFKA_SETTINGS"
            )
        }
    }

    private func key(_ directory: String) -> Finding {
        do {
            _ = try SigningKeys.load(in: directory)
            return Finding(check: "signing key", isFine: true, detail: "readable by its owner only")
        } catch {
            return Finding(
                check: "signing key",
                isFine: false,
                detail: "\(error) (before the first herald serve there is none)"
            )
        }
    }

    private static func databaseDisk(_ disk: DiskUse, limit: Double?) -> Finding {
        let isFine = disk.share <= limit ?? 1
        let detail = "\(Int((disk.share * 100).rounded())) % full, \(disk.free >> 20) MiB free"
        let advice = ": make room; feeds are accepted and not processed meanwhile (HERALD_FEED_DISK_PERCENT)"
        return Finding(check: "database disk", isFine: isFine, detail: isFine ? detail : detail + advice)
    }

    private func disk(_ directory: String) -> Finding {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: directory)
        guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else {
            return Finding(check: "disk", isFine: true, detail: "\(directory) is made at the first start")
        }
        let enough = free > 1 << 30
        return Finding(
            check: "disk",
            isFine: enough,
            detail: "\(free >> 20) MiB free" + (enough ? "" : ": make room, at least 1 GiB")
        )
    }
}
