/// What may be done with a collection; each level has all of those before it.
public enum Access: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Search, get, count, scroll, describe.
    case read
    /// Also upsert and delete points.
    case write
    /// Also create and delete the collection.
    case manage

    /// The one that has less is less.
    public static func < (left: Access, right: Access) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .write: 1
        case .manage: 2
        }
    }
}

/// A right: so much of all, or of named collections of the tenant.
public struct Scope: Sendable, Hashable, Codable {
    /// What may be done.
    public var access: Access
    /// To which collections of the tenant.
    public var collections: Collections

    /// Collections of a tenant, those that will be created as well.
    public enum Collections: Sendable, Hashable {
        /// All of them.
        case all
        /// These; none is none.
        case named([String])
    }

    /// The most collections that one scope names.
    public static let maxNameCount = 64

    /// Makes a right.
    public init(_ access: Access, on collections: Collections = .all) {
        self.access = access
        self.collections = collections
    }
}

extension Scope.Collections: Codable {
    /// No collection has this name.
    private static let everything = "*"

    /// An array of names; `*` alone is all.
    public init(from decoder: any Decoder) throws {
        let names = try decoder.singleValueContainer().decode([String].self)
        self = names == [Self.everything] ? .all : .named(names)
    }

    /// An array of names; `*` alone is all.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .all: try container.encode([Self.everything])
        case .named(let names): try container.encode(names)
        }
    }
}

extension Scope {
    /// Whether this right has that one in it.
    public func includes(_ other: Scope) -> Bool {
        guard other.access <= access else { return false }
        switch (collections, other.collections) {
        case (.all, _): return true
        case (.named, .all): return false
        case (.named(let mine), .named(let others)): return others.allSatisfy(mine.contains)
        }
    }

    /// What both rights allow; nil if that is nothing.
    public func intersection(_ other: Scope) -> Scope? {
        let access = min(access, other.access)
        switch (collections, other.collections) {
        case (.all, let names), (let names, .all):
            return Scope(access, on: names)
        case (.named(let mine), .named(let others)):
            let names = mine.filter(others.contains)
            return names.isEmpty ? nil : Scope(access, on: .named(names))
        }
    }
}

extension [Scope] {
    /// Whether one of these rights allows this on a collection of the tenant; no rights allow nothing.
    public func allow(_ access: Access, on collection: String) -> Bool {
        contains { $0.includes(Scope(access, on: .named([collection]))) }
    }

    /// Whether one of these rights allows this on all collections.
    public func allowOnAll(_ access: Access) -> Bool {
        contains { $0.includes(Scope(access)) }
    }

    /// Whether a collection may be named to whoever has these rights.
    public func allowSeeing(_ collection: String) -> Bool { allow(.read, on: collection) }

    /// What both lists of rights allow.
    public func intersection(_ others: [Scope]) -> [Scope] {
        flatMap { mine in others.compactMap(mine.intersection) }
    }
}
