import Foundation
import Protocols

/// A row as it was read, not decoded: decoding is the work of many tasks.
struct ImportRow: Sendable {
    /// Its number in the source, from 0.
    var number: Int
    /// Its vector; nil if that is in the line.
    var vector: [Float]?
    /// Its line of JSON; nil if there is none.
    var line: [UInt8]?
}

/// Makes points of rows.
struct RowDecoder: Sendable {
    /// The field of the payload that is the id; nil: the line's `id`, or the row's number.
    let idField: String?

    /// The point of a row.
    func point(_ row: ImportRow) throws -> Point {
        do {
            return try decode(row)
        } catch let error as CommandError {
            throw CommandError("row \(row.number): \(error)")
        } catch let error as DecodingError {
            throw CommandError("row \(row.number): \(Self.reason(of: error))")
        }
    }

    private func decode(_ row: ImportRow) throws -> Point {
        if let vector = row.vector {
            let payload = try row.line.map {
                try JSONDecoder().decode(Payload.self, from: Data($0))
            }
            return Point(
                id: try id(in: payload ?? [:]) ?? .number(UInt64(row.number)), vector: vector,
                payload: payload ?? [:])
        }
        let line = try JSONDecoder().decode(PointLine.self, from: Data(row.line ?? []))
        guard let id = try id(in: line.payload) ?? line.id else {
            throw CommandError("there is no \"id\"; add one, or name a payload field by --id-field")
        }
        return Point(id: id, vector: line.vector, payload: line.payload)
    }

    private func id(in payload: Payload) throws -> PointID? {
        guard let idField else { return nil }
        switch payload[idField] {
        case .integer(let number) where number >= 0: return .number(UInt64(number))
        case .string(let string): return PointID(string: string)
        case nil: throw CommandError("the payload has no field \(idField.debugDescription)")
        case let value?:
            throw CommandError("\(idField) is \(value.text.prefix(60)), which is no id")
        }
    }

    private static func reason(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "there is no \(key.stringValue.debugDescription)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            (context.codingPath.last.map { "\($0.stringValue.debugDescription): " } ?? "")
                + context.debugDescription
        @unknown default: "\(error)"
        }
    }
}

/// A line of a `.jsonl` file: a whole point.
private struct PointLine: Decodable {
    var id: PointID?
    var vector: [Float]
    var payload: Payload

    private enum Key: String, CodingKey, CaseIterable {
        case id, vector, payload
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let unknown = keys.first(where: { Key(rawValue: $0) == nil }) {
            throw CommandError(
                """
                unknown key \(unknown.debugDescription); a line has "id", "vector" and "payload", \
                and all other fields are inside "payload"
                """)
        }
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decodeIfPresent(PointID.self, forKey: .id)
        vector = try container.decode([Float].self, forKey: .vector)
        payload = try container.decodeIfPresent(Payload.self, forKey: .payload) ?? [:]
    }
}
