/// The ready-made parts of a streamed feed's rows, each the bytes of some neighbouring columns.
struct SampleRowPieces: Sendable {
    private let seed: UInt64
    /// Forename to postcode.
    private var people: [[UInt8]] = []
    private let days: [(date: [UInt8], offset: [UInt8])]
    /// Site and its code system.
    private var sites: [[UInt8]] = []
    /// All but the last twelve characters of a unique id.
    private let identifier: [UInt8]
    /// The unique id's system to the professional's surname.
    private var middles: [[UInt8]] = []
    /// Primary source to the location's code system.
    private var endings: [[UInt8]] = []

    // Powers of two, so that a mask picks one.
    private static let variants = 512

    init(_ stream: SampleFeedStream) {
        seed = stream.seed
        days = (1...200).map { age in
            let day = stream.today - age
            return (Array(day.compact.utf8), Array(day.offset.utf8))
        }
        identifier = Self.identifier(seed: stream.seed, type: stream.vaccine.type)
        let maker = SampleRowMaker(vaccine: stream.vaccine, today: stream.today)
        var random = SampleRandom(seed: stream.seed)
        for _ in 0..<Self.variants {
            // The youngest cohort is old enough 200 days ago too.
            let cohort = random.pick(stream.vaccine.cohorts)
            let person = SamplePerson.make(cohort: cohort, today: stream.today - 200, random: &random)
            let fields = maker.newRow(
                nhsNumber: nil,
                person: person,
                dose: random.within(stream.vaccine.doses),
                on: stream.today - 1,
                random: &random
            )
            people.append(fields.quoted(.forename, through: .postcode))
            sites.append(fields.quoted(.siteCode, through: .siteCodeType))
            middles.append(fields.quoted(.uniqueIDURI, through: .professionalSurname))
            endings.append(fields.quoted(.primarySource, through: .locationCodeType))
        }
    }

    /// Appends a new record; what a person is called and when they were born follows from the number.
    func appendRow(_ row: Int, nhsNumber: Int, to bytes: inout [UInt8]) {
        let choice = SampleRandom.mix(seed ^ (UInt64(row) &* 0x9E37_79B9_7F4A_7C15))
        let person = Int(SampleRandom.mix(UInt64(nhsNumber)) & UInt64(Self.variants - 1))
        let day = days[Int(choice % UInt64(days.count))]
        let variant = Int((choice >> 16) & UInt64(Self.variants - 1))
        let other = Int((choice >> 32) & UInt64(Self.variants - 1))
        let minute = 480 + Int((choice >> 48) % 600)

        bytes.append(UInt8(ascii: "\""))
        Self.append(nhsNumber, digits: 10, to: &bytes)
        Self.append("\"|", to: &bytes)
        bytes += people[person]
        Self.append("|\"", to: &bytes)
        bytes += day.date
        bytes.append(UInt8(ascii: "T"))
        Self.append(minute / 60 * 10_000 + minute % 60 * 100 + row % 60, digits: 6, to: &bytes)
        bytes += day.offset
        Self.append("\"|", to: &bytes)
        bytes += sites[variant]
        Self.append("|\"", to: &bytes)
        bytes += identifier
        Self.append(row, digits: 12, to: &bytes)
        Self.append("\"|", to: &bytes)
        bytes += middles[other]
        Self.append("|\"", to: &bytes)
        bytes += day.date
        Self.append("\"|", to: &bytes)
        bytes += endings[variant]
        bytes += SampleFields.rowEnd
    }

    /// The whole seed and the vaccine type, in the shape of a UUID that lacks its last group.
    private static func identifier(seed: UInt64, type: String) -> [UInt8] {
        let place = SampleVaccine.all.firstIndex { $0.type == type } ?? SampleVaccine.all.count
        let digits = String(seed, radix: 16)
        let all = Substring(String(repeating: "0", count: 16 - digits.count) + digits)
        let last = all.suffix(4)
        return Array(
            "\(all.prefix(8))-\(all.dropFirst(8).prefix(4))-4\(last.prefix(3))-a\(last.suffix(1))\(place / 10)\(place % 10)-"
                .utf8
        )
    }

    private static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { bytes += $0 }
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
