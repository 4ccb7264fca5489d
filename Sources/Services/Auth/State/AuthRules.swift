package import Protocols

/// What names, labels, rights and plans may be.
package enum AuthRules {
    /// Throws unless a user or tenant can have this name.
    package static func check(name: String) throws(ServiceError) {
        let isAllowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "@"):
                true
            default: false
            }
        }
        let beginsWell = name.utf8.first.map {
            $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")
                || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
        }
        guard isAllowed, beginsWell == true, name.utf8.count <= AuthLimits.nameByteCount else {
            throw .invalidArgument(
                """
                name \(name.debugDescription.prefix(100)) is not allowed; use 1 to \
                \(AuthLimits.nameByteCount) of a-z 0-9 _ - . @ and begin with a letter or digit
                """)
        }
    }

    /// Throws unless a key can be called so.
    static func check(label: String) throws(ServiceError) {
        guard label.utf8.count <= AuthLimits.labelByteCount,
            label.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw .invalidArgument(
                "a label has at most \(AuthLimits.labelByteCount) bytes and no control characters")
        }
    }

    /// Throws unless somebody can have these rights.
    static func check(_ scopes: [Scope]) throws(ServiceError) {
        guard scopes.count <= AuthLimits.scopeCount else {
            throw ServiceError(
                .tooLarge, "\(scopes.count) rights are more than \(AuthLimits.scopeCount)")
        }
        var byteCount = 0
        for scope in scopes {
            guard case .named(let names) = scope.collections else { continue }
            guard names.count <= Scope.maxNameCount else {
                throw ServiceError(
                    .tooLarge, "a right names at most \(Scope.maxNameCount) collections")
            }
            for name in names {
                try CollectionConfiguration.validate(name: name)
                byteCount += name.utf8.count
            }
        }
        guard byteCount <= AuthLimits.scopeByteCount else {
            throw ServiceError(
                .tooLarge,
                "the names in the rights have \(byteCount) bytes, more than \(AuthLimits.scopeByteCount)"
            )
        }
    }

    /// Throws unless there can be such a plan.
    static func check(_ plan: Plan) throws(ServiceError) {
        let isAllowed = plan.name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isAllowed, !plan.name.isEmpty, plan.name.utf8.count <= Plan.maxNameByteCount else {
            throw .invalidArgument(
                """
                plan name \(plan.name.debugDescription.prefix(100)) is not allowed; use 1 to \
                \(Plan.maxNameByteCount) of a-z 0-9 _ -
                """)
        }
        let limits = [
            plan.readsPerSecond, plan.writesPerSecond, plan.burst, plan.pointCount,
            plan.collectionCount, plan.byteCount,
        ]
        guard limits.allSatisfy({ ($0.value ?? 0) >= 0 }) else {
            throw .invalidArgument("a limit of plan \(plan.name) is negative")
        }
    }
}
