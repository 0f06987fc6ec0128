package import Foundation

/// The demonstration's world: practices, patients and feeds, with the truth about every row.
///
/// All of it is invented and follows from the seed and the day alone. About one row in twelve is wrong on purpose, each
/// in one way; the others create, correct, delete and reinstate records, some of patients without a practice and some
/// without an NHS number. Nobody is vaccinated by their own practice, so every practice is told of everything.
package struct SampleFeeds: Sendable {
    package let practices: [SamplePractice]
    /// The patient directory: everybody who has an NHS number.
    package let patients: [SamplePatient]
    /// The files in the order in which they are to be uploaded.
    package let files: [SampleFile]
    /// The events that must come of the files, in the order of files and rows.
    package let events: [SampleEvent]
    /// Every record the files leave, deleted ones too, in the order in which they were first sent.
    package let records: [SampleRecord]

    /// Makes the feeds that were sent on the evening before the day of `now`.
    package init(seed: UInt64, now: Date) {
        let today = SampleDay(now)
        var random = SampleRandom(seed: seed)
        let directory = SampleDirectory(today: today, random: &random)
        var faults = SampleFault.all[...]
        var files: [SampleFile] = []
        var events: [SampleEvent] = []
        var records: [SampleRecord] = []
        for (place, vaccine) in SampleVaccine.all.enumerated() {
            let name = Self.fileName(for: vaccine, sentOn: today - 1, time: 180_000 + place * 100)
            var builder = SampleFileBuilder(
                vaccine: vaccine,
                fileName: name,
                directory: directory,
                today: today,
                random: &random
            )
            let share = place == SampleVaccine.all.count - 1 ? faults.count : vaccine.rows * SampleFault.all.count / 350
            builder.write(faults: Array(faults.prefix(share)), random: &random)
            faults = faults.dropFirst(share)
            files.append(
                SampleFile(
                    name: name,
                    vaccineType: vaccine.type,
                    senderCode: vaccine.senderCode,
                    content: builder.content,
                    rows: builder.ledger.rows
                )
            )
            events += builder.ledger.events
            records += builder.ledger.records
        }
        practices = directory.practices
        patients = directory.patients
        self.files = files
        self.events = events
        self.records = records
    }

    /// The name of a file of layout v5 (csv-feed §1).
    static func fileName(for vaccine: SampleVaccine, sentOn day: SampleDay, time: Int) -> String {
        "\(vaccine.type)_Vaccinations_v5_\(vaccine.senderCode)_\(day.compact)T\(time)00.csv"
    }
}

extension SampleFeeds {
    /// The records that queries must find.
    package var liveRecords: [SampleRecord] {
        records.filter { !$0.isDeleted }
    }

    /// What must have happened to one record, in order.
    package func events(of key: SampleRecordKey) -> [SampleEvent] {
        events.filter { $0.key == key }
    }

    /// How many events each practice must get, by its ODS code; practices that get none are left out.
    package var eventCountByPractice: [String: Int] {
        Dictionary(events.compactMap(\.practiceCode).map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// How many events each vaccine type gives.
    package var eventCountByVaccineType: [String: Int] {
        Dictionary(events.map { ($0.vaccineType, 1) }, uniquingKeysWith: +)
    }

    /// How many events no practice gets, because the patient has none or is not known by a number.
    package var eventCountWithoutPractice: Int {
        events.count { $0.practiceCode == nil }
    }
}
