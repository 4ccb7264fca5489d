/// One field of a body: by it the body is read, and described in the OpenAPI document.
struct RESTField: Sendable {
    /// What a field may be.
    indirect enum Kind: Sendable {
        case string(maxLength: Int)
        case integer(ClosedRange<Int>)
        case number
        case bool
        case choice([String])
        case pointID
        case vector
        case payload
        case limit
        case scopes
        case array(Kind, maxCount: Int)
        case object([RESTField])
    }

    var name: String
    var kind: Kind
    var isRequired = false

    static func required(_ name: String, _ kind: Kind) -> RESTField {
        RESTField(name: name, kind: kind, isRequired: true)
    }

    static func optional(_ name: String, _ kind: Kind) -> RESTField {
        RESTField(name: name, kind: kind)
    }
}
