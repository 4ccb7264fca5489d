internal import Primitives
package import Protocols

/// What the collections of a tenant are called inside the cluster, and back.
///
/// Collection `docs` of tenant 7 is `7:docs` there: no user can type a colon. The root tenant, the
/// first there is, has no prefix: its users see what programs inside the cluster see without an account,
/// but for what belongs to other tenants.
///
/// This is the one place that joins or parts these names. Pure.
package struct TenantNamespace: Sendable, Hashable {
    /// The tenant of the first administrator.
    package static let root = TenantID(rawValue: 1)

    private let prefix: String

    /// The names of this tenant.
    package init(of tenant: TenantID) {
        prefix =
            tenant == Self.root
            ? "" : "\(tenant.rawValue)\(CollectionConfiguration.tenantSeparator)"
    }

    /// The name inside the cluster of what the tenant calls so.
    ///
    /// - Throws: ``ServiceError/Code/invalidArgument`` if no collection can have this name.
    package func internalName(of name: String) throws(ServiceError) -> String {
        try CollectionConfiguration.validate(name: name)
        return prefix + name
    }

    /// What the tenant calls the collection of this name inside the cluster; nil: it is another's.
    package func name(of internalName: String) -> String? {
        guard internalName.hasPrefix(prefix) else { return nil }
        let name = internalName.dropFirst(prefix.count)
        return name.contains(CollectionConfiguration.tenantSeparator) ? nil : String(name)
    }

    /// The description as the tenant sees it; nil: it is another's.
    package func translated(_ description: CollectionDescription) -> CollectionDescription? {
        guard let name = name(of: description.configuration.name) else { return nil }
        var description = description
        description.configuration.name = name
        return description
    }

    /// The error in the tenant's words.
    package func translated(_ error: ServiceError, about collection: String?) -> ServiceError {
        guard !prefix.isEmpty, let collection else { return error }
        var error = error
        error.message = error.message.replacing(prefix + collection, with: collection)
        error.details = error.details.mapValues {
            $0.replacing(prefix + collection, with: collection)
        }
        return error
    }
}

extension String {
    /// With all occurrences replaced; of an empty text there are none.
    fileprivate func replacing(_ text: String, with other: String) -> String {
        guard !text.isEmpty else { return self }
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            result += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}

extension Substring {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
