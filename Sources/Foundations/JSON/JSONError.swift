/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Hashable {
    /// What kind of thing is wrong.
    public enum Kind: String, Sendable, Hashable {
        /// The bytes are no JSON.
        case syntax
        /// A value is not what the field takes.
        case value
        /// An object has a field that nobody reads.
        case unknownField
        /// An object has a field twice.
        case duplicateField
        /// An object lacks a field.
        case missingField
        /// Something is deeper, longer or more than it may be.
        case limit
    }

    /// One step of a path.
    public enum Step: Sendable, Hashable {
        case field(String)
        case index(Int)
    }

    /// What kind of thing is wrong.
    public var kind: Kind
    /// What is wrong, without the place.
    public var reason: String
    /// How many bytes precede the place.
    public var offset: Int
    /// The fields and indexes that lead to the value, the innermost first.
    public var steps: [Step]

    /// The most characters of a field's name that an error repeats.
    static let maxNameLength = 64

    /// Makes an error at a place that has no path yet.
    public init(_ kind: Kind, _ reason: String, offset: Int) {
        self.kind = kind
        self.reason = reason
        self.offset = offset
        self.steps = []
    }

    /// The same error, as told by the container of the value.
    @inline(never)
    package func inside(_ step: Step) -> JSONError {
        var error = self
        error.steps.append(step)
        return error
    }

    /// The path of the value, such as `points[3].vector[17]`; empty for the whole text.
    public var path: String {
        var path = ""
        for step in steps.reversed() {
            switch step {
            case .field(let name):
                if !path.isEmpty { path += "." }
                path += name.prefix(Self.maxNameLength)
            case .index(let index): path += "[\(index)]"
            }
        }
        return path
    }
}

extension JSONError: CustomStringConvertible {
    /// The path, what is wrong, and the offset.
    public var description: String {
        (path.isEmpty ? "" : "\(path): ") + "\(reason) (byte \(offset))"
    }
}
