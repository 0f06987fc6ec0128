/// Writes the rows of one sample file.
struct SampleFileBuilder: Sendable {
    /// What a row is to be.
    private enum Step {
        case new, newWithoutNHSNumber, update, delete, reinstate
        case fault(SampleFault)
    }

    /// A dose that somebody has got.
    private struct Subject {
        let nhsNumber: String?
        let person: SamplePerson
        let dose: Int
        let day: SampleDay
    }

    private let vaccine: SampleVaccine
    private let today: SampleDay
    private let maker: SampleRowMaker
    private var subjects: [Subject] = []
    private var nextSubject = 0

    /// The rows written so far and what must come of them.
    private(set) var ledger: SampleLedger

    init(
        vaccine: SampleVaccine,
        fileName: String,
        directory: SampleDirectory,
        today: SampleDay,
        random: inout SampleRandom
    ) {
        self.vaccine = vaccine
        self.today = today
        maker = SampleRowMaker(vaccine: vaccine, today: today)
        ledger = SampleLedger(
            vaccineType: vaccine.type,
            fileName: fileName,
            practiceCodes: directory.practiceCodes
        )
        subjects = directory.patients.filter { vaccine.cohorts.contains($0.cohort) }.flatMap { patient in
            doses(of: patient, random: &random)
        }
        subjects = random.shuffled(subjects)
    }

    /// The bytes of the file.
    var content: [UInt8] {
        var bytes: [UInt8] = []
        SampleFields.appendHeader(to: &bytes)
        for row in ledger.rows {
            row.fields.append(to: &bytes)
        }
        return bytes
    }

    /// Writes all rows: the given faults, some changes, and new records for the rest.
    mutating func write(faults: [SampleFault], random: inout SampleRandom) {
        var steps = faults.map { Step.fault($0) }
        steps += Array(repeating: .newWithoutNHSNumber, count: vaccine.unnumberedRows)
        steps += Array(repeating: .update, count: vaccine.rows * 7 / 100)
        steps += Array(repeating: .delete, count: vaccine.rows * 5 / 100)
        steps += Array(repeating: .reinstate, count: max(1, vaccine.rows / 40))
        steps += Array(repeating: .new, count: vaccine.rows - steps.count)
        steps = random.shuffled(steps)
        // A change needs a record to change: what cannot be done yet waits for a later row.
        while let next = steps.firstIndex(where: isPossible) {
            take(steps.remove(at: next), random: &random)
        }
    }

    private func isPossible(_ step: Step) -> Bool {
        switch step {
        case .new, .newWithoutNHSNumber, .fault(.value), .fault(.unknownRecord): true
        case .update, .delete, .fault(.duplicate): ledger.hasRecord(deleted: false)
        case .reinstate, .fault(.deletedTwice): ledger.hasRecord(deleted: true)
        }
    }

    private mutating func take(_ step: Step, random: inout SampleRandom) {
        switch step {
        case .new:
            ledger.accept(newRow(for: takeSubject(), random: &random), as: .created)
        case .newWithoutNHSNumber:
            let visitor = SamplePerson.make(cohort: .adult, today: today, random: &random)
            let day = today - random.within(1...60)
            let subject = Subject(nhsNumber: nil, person: visitor, dose: vaccine.doses.lowerBound, day: day)
            ledger.accept(newRow(for: subject, random: &random), as: .created)
        case .update:
            guard let record = ledger.pick(deleted: false, random: &random) else { return }
            ledger.accept(maker.correction(of: record.fields, random: &random), as: .updated)
        case .delete:
            guard let record = ledger.pick(deleted: false, random: &random) else { return }
            ledger.accept(maker.deletion(of: record.fields, random: &random), as: .deleted)
        case .reinstate:
            guard let record = ledger.pick(deleted: true, random: &random) else { return }
            var fields = maker.correction(of: record.fields, random: &random)
            fields[.actionFlag] = random.chance(50) ? "new" : "update"
            ledger.accept(fields, as: .reinstated)
        case .fault(let fault):
            take(fault, random: &random)
        }
    }

    private mutating func take(_ fault: SampleFault, random: inout SampleRandom) {
        switch fault {
        case .value(let column, let kind, let value):
            var fields = newRow(for: takeSubject(), random: &random)
            // About every second wrong value stands in a correction, which must leave the record as it was.
            let isCorrectable = column != .uniqueID && column != .actionFlag && random.chance(50)
            if isCorrectable, let record = ledger.pick(deleted: false, random: &random), record.nhsNumber != nil {
                fields = maker.correction(of: record.fields, random: &random)
            }
            fields[column] = value.text(from: fields[column], today: today)
            ledger.refuse(fields, column: column, kind: kind)
        case .duplicate:
            guard let record = ledger.pick(deleted: false, random: &random) else { return }
            var fields = record.fields
            fields[.actionFlag] = "new"
            ledger.refuse(fields, column: .uniqueID, kind: "DUPLICATE")
        case .unknownRecord(let action):
            var fields = newRow(for: takeSubject(), random: &random)
            fields[.actionFlag] = action
            ledger.refuse(fields, column: .uniqueID, kind: "NOT_FOUND")
        case .deletedTwice:
            guard let record = ledger.pick(deleted: true, random: &random) else { return }
            let fields = maker.deletion(of: record.fields, random: &random)
            ledger.refuse(fields, column: .uniqueID, kind: "NOT_FOUND")
        }
    }

    private mutating func takeSubject() -> Subject {
        defer { nextSubject += 1 }
        return subjects[nextSubject % subjects.count]
    }

    private func newRow(for subject: Subject, random: inout SampleRandom) -> SampleFields {
        maker.newRow(
            nhsNumber: subject.nhsNumber,
            person: subject.person,
            dose: subject.dose,
            on: subject.day,
            random: &random
        )
    }

    private func doses(of patient: SamplePatient, random: inout SampleRandom) -> [Subject] {
        guard patient.cohort == .infant else {
            let dose = random.within(vaccine.doses)
            let day = today - random.within(1...120)
            return [Subject(nhsNumber: patient.nhsNumber, person: patient.person, dose: dose, day: day)]
        }
        // At 8, 12 and 16 weeks, give or take some days.
        return vaccine.doses.map { dose in
            let day = patient.person.birthDate + (28 * (dose + 1) + random.below(11))
            return Subject(nhsNumber: patient.nhsNumber, person: patient.person, dose: dose, day: day)
        }
    }
}
