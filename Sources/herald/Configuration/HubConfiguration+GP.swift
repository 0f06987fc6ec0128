import Configuration
import Deliveries
import Foundation
import Messages

/// What GP practices get by MESH (`gp-digital-medicine.md`).
struct GPSettings: Sendable {
    var workflow = "DIGMED_FLU_VAC"
    /// Vaccine types that are sent; nil for all (G-01).
    var types: Set<String>?
    var format = DigitalMedicineMessage.Format.xml
    var suppressesOwn = true
    var hasPlainSubject = false
    var namesRecord = false

    init() {}

    /// Reads and checks the settings.
    ///
    /// - Throws: ``ConfigurationError``.
    init(reader: ConfigReader) throws {
        workflow = reader.text(.gpWorkflow) ?? workflow
        if let text = reader.text(.gpTypes), text != "all" {
            let named = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).uppercased() }
            guard named.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || "_-".contains($0) } })
            else {
                throw ConfigurationError.invalid(.gpTypes, "must be vaccine types with commas between, e.g. FLU,COVID")
            }
            types = Set(named)
        }
        format = try reader.choice(.gpFormat, among: ["xml", "json"]) ?? format
        suppressesOwn = try reader.flag(.gpSuppressOwn) ?? suppressesOwn
        hasPlainSubject = try reader.choice(.gpSubject, among: ["full", "plain"]) == Subject.plain
        namesRecord = try reader.choice(.gpSenderReference, among: ["none", "record"]) == Reference.record
    }

    private enum Subject: String { case full, plain }

    private enum Reference: String { case none, record }

    /// How practices are written to.
    ///
    /// - Parameters:
    ///   - odsCode: Herald's own.
    ///   - mailbox: Herald's own.
    /// - Returns: The settings of the writer.
    func settings(odsCode: String, mailbox: String) -> PracticeSettings {
        var settings = PracticeSettings(sender: DocumentSender(odsCode: odsCode, mailbox: mailbox))
        settings.workflow = workflow
        settings.types = types
        settings.format = format
        settings.suppressesOwn = suppressesOwn
        settings.hasPlainSubject = hasPlainSubject
        settings.namesRecord = namesRecord
        return settings
    }
}
