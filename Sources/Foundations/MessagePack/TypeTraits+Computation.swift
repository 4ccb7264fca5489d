import FoundationEssentials

extension TypeTraits {
    /// Computes the traits of `type`, slowly.
    init<T>(computedFor type: T.Type) {
        let builtin = TypeTreatment(builtin: type)
        let encodable = builtin == nil ? type as? any MessagePackEncodable.Type : nil
        let decodable = builtin == nil ? type as? any MessagePackDecodable.Type : nil
        self.init(
            id: ObjectIdentifier(type),
            encoding: builtin ?? (encodable == nil ? .codable : .direct),
            decoding: builtin ?? (decodable == nil ? .codable : .direct),
            encodable: encodable, decodable: decodable)
    }
}

extension TypeTreatment {
    /// The treatment of a type that the format itself knows.
    init?<T>(builtin type: T.Type) {
        let treatments: [(any Any.Type, TypeTreatment)] = [
            (Bool.self, .bool), (String.self, .string), (Float.self, .float),
            (Double.self, .double), (Int.self, .int), (Int8.self, .int8), (Int16.self, .int16),
            (Int32.self, .int32), (Int64.self, .int64), (UInt.self, .uint), (UInt8.self, .uint8),
            (UInt16.self, .uint16), (UInt32.self, .uint32), (UInt64.self, .uint64),
            ([Float].self, .floats), ([UInt8].self, .bytes), (Data.self, .data),
        ]
        guard let known = treatments.first(where: { $0.0 == type }) else { return nil }
        self = known.1
    }
}
