import Vaccination

extension BusinessAcknowledgement {
    /// Appends the JSON file up to its first failure.
    ///
    /// - Parameters:
    ///   - summary: how the rows came out.
    ///   - generated: when the file is written: microseconds since 1970, UTC.
    ///   - output: where to write.
    package func beginJSON(_ summary: Summary, generated: Int64, into output: inout [UInt8]) {
        let date = UTCSecond(utcMicroseconds: generated).extended + ".000Z"
        output += #"{"system":"Herald Batch Report","version":1,"generatedDate":"\#(date)","provider":"#.utf8
        AcknowledgementText.appendJSON(supplier, to: &output)
        output += #","filename":"#.utf8
        AcknowledgementText.appendJSON(base, to: &output)
        let start = UTCSecond(utcMicroseconds: summary.ingestionStart).utcMicroseconds / 1_000_000
        let end = UTCSecond(utcMicroseconds: summary.ingestionEnd).utcMicroseconds / 1_000_000
        output += #","messageHeaderId":"\#(messageIDText)","summary":{"totalRecords":\#(summary.totalRecords),"#.utf8
        output += #""succeeded":\#(summary.succeeded),"failed":\#(summary.failed),"#.utf8
        output += #""ingestionTime":{"start":\#(start),"end":\#(end)}},"failures":["#.utf8
    }

    /// Appends one failed row.
    ///
    /// - Parameters:
    ///   - failure: the row.
    ///   - first: whether it is the file's first failure.
    ///   - output: where to write.
    package func appendJSON(_ failure: RowFailure, first: Bool, into output: inout [UInt8]) {
        if !first { output.append(UInt8(ascii: ",")) }
        output += #"{"rowId":\#(failure.rowNumber),"responseCode":"\#(Self.responseCode)","#.utf8
        output += #""responseDisplay":"\#(Self.responseDisplay)","severity":"\#(Self.severity)","localId":"#.utf8
        AcknowledgementText.appendJSON(failure.localID, to: &output)
        output += #","operationOutcome":"#.utf8
        AcknowledgementText.appendJSON(AcknowledgementText.oneLine(failure.operationOutcome), to: &output)
        output += #","diagnostics":["#.utf8
        for (index, diagnostic) in failure.diagnostics.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(diagnostic, to: &output)
        }
        output += "]}".utf8
    }

    /// Appends what closes the JSON file.
    package func endJSON(into output: inout [UInt8]) {
        output += "]}\n".utf8
    }

    private func append(_ diagnostic: RowFailure.Diagnostic, to output: inout [UInt8]) {
        output += #"{"kind":"\#(diagnostic.kind.rawValue)""#.utf8
        if let column = diagnostic.column {
            output += #","column":"\#(column.header)","location":"#.utf8
            AcknowledgementText.appendJSON(column.fhirLocation, to: &output)
        }
        output += #","advice":"#.utf8
        AcknowledgementText.appendJSON(diagnostic.kind.advice(for: diagnostic.column), to: &output)
        output += "}".utf8
    }
}
