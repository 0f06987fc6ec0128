import Feeds
import Foundation
import Vaccination

/// A record's columns while a batch changes them.
struct RecordChange {
    let id: UUID
    var state: RecordState
    /// Accepted actions so far.
    var change: Int32
    /// The change that holds the current content.
    var contentChange: Int32
    var nhsNumber: Int64?
    var vaccineType: String
    /// UTF-8.
    var performer: [UInt8]
    /// Whether the record was there before the batch.
    let isStored: Bool
    /// The content the batch gave the record last, if it did.
    var record: VaccinationRecord?
    /// Whether the batch changed anything.
    var isTouched = false

    /// A record that is not there yet.
    init(unknown id: UUID) {
        self.init(
            id: id,
            state: .unknown,
            change: 0,
            contentChange: 0,
            nhsNumber: nil,
            vaccineType: "",
            performer: [],
            isStored: false
        )
    }

    init(
        id: UUID,
        state: RecordState,
        change: Int32,
        contentChange: Int32,
        nhsNumber: Int64?,
        vaccineType: String,
        performer: [UInt8],
        isStored: Bool
    ) {
        self.id = id
        self.state = state
        self.change = change
        self.contentChange = contentChange
        self.nhsNumber = nhsNumber
        self.vaccineType = vaccineType
        self.performer = performer
        self.isStored = isStored
    }

    /// Takes over the content of a record that was sent.
    mutating func take(_ record: VaccinationRecord) {
        self.record = record
        contentChange = change
        nhsNumber = record.nhsNumber?.stored
        vaccineType = record.vaccineType.code
        performer = record.flat.withField(.siteCode) { Array($0) }
    }

    var isDeleted: Bool {
        if case .deleted = state { true } else { false }
    }
}
