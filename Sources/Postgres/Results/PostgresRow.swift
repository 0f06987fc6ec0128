/// One row of a result; it keeps the result's memory alive.
package struct PostgresRow: Sendable {
    let storage: ResultStorage
    let index: Int

    /// Decodes the column of that name.
    ///
    /// - Throws: ``PostgresError/decoding(column:_:)`` for a column that is not there, null without an `Optional` to
    ///   put it in, a type `Value` is not read from, or a value out of range.
    package func decode<Value: PostgresDecodable>(
        _ column: String,
        as _: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let number = storage.columnNumbers[column] else { throw .decoding(column: column, .noSuchColumn) }
        do throws(DecodingProblem) {
            return try value(in: number)
        } catch {
            throw .decoding(column: column, error)
        }
    }

    /// Decodes the column at `number`, counted from 0; otherwise as by name.
    package func decode<Value: PostgresDecodable>(
        _ number: Int,
        as _: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard storage.columns.indices.contains(number) else { throw .decoding(column: "\(number)", .noSuchColumn) }
        do throws(DecodingProblem) {
            return try value(in: number)
        } catch {
            throw .decoding(column: "\(number)", error)
        }
    }

    private func value<Value: PostgresDecodable>(in column: Int) throws(DecodingProblem) -> Value {
        let type = storage.type(column: column)
        return try storage.withField(row: index, column: column) { bytes throws(DecodingProblem) in
            if let bytes {
                return try Value.decode(bytes.bytes, of: type)
            }
            guard let null = Value.null else { throw .null }
            return null
        }
    }
}

extension DecodingProblem: Error {}
