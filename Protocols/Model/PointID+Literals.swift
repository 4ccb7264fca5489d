extension PointID: ExpressibleByIntegerLiteral {
    /// The number.
    public init(integerLiteral number: UInt64) { self = .number(number) }
}

extension PointID: ExpressibleByStringLiteral {
    /// The string, or the UUID if it has the form of one.
    public init(stringLiteral text: String) { self.init(string: text) }
}
