import ArgumentParser
import Foundation
import Protocols

/// `vectron key`.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Create, list and revoke API keys.",
        subcommands: [Create.self, List.self, Revoke.self])

    /// `vectron key create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create an API key, which is shown this once.")

        @Argument(help: "What the key is for, in a few words.") var label: String

        @Option(
            help: ArgumentHelp(
                """
                What it may do: read, write or manage, of all collections, or of some: \
                read:docs,notes. May be repeated.
                """, valueName: "access"))
        var scope: [ScopeArgument]

        @Option(
            help: ArgumentHelp(
                "How long it is good: 90m, 12h, 30d; without it always.", valueName: "time"))
        var expires: LifetimeArgument?

        @Flag(help: "Let it do what takes an administrator.") var admin = false

        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard !scope.isEmpty else { throw ValidationError("Say what it may do: --scope read.") }
        }

        func run() async throws {
            var body: [String: JSONValue] = [
                "label": .string(label), "scopes": .array(scope.map(\.json)),
            ]
            if admin { body["is_admin"] = .bool(true) }
            if let expires {
                let end = Date.now.timeIntervalSince1970 + Double(expires.seconds)
                body["expires_at"] = .integer(Int64(end))
            }
            let created = try await access.connection().ask(
                "POST", ["v1", "keys"], .object(body))
            let id = created.members["description"]?.members["id"]?.display ?? ""
            if output.output == .table {
                Main.writeError("key \(id), shown this once:")
            }
            output.print(created.members, line: created.members["key"]?.display ?? "")
        }
    }

    /// `vectron key list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List API keys, without what is secret of them.")

        @Option(help: ArgumentHelp("Whose; one's own unless given.", valueName: "name"))
        var user: String?

        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let keys = try await access.connection().ask(
                "GET", ["v1", "keys"], query: user.map { ["user": $0] } ?? [:]
            ).elements(of: "keys")
            output.print(.array(keys)) {
                Table(
                    headings: ["id", "user", "label", "may", "expires", "last used"],
                    rows: keys.map { key in
                        let fields = key.members
                        return ["id", "user", "label"].map { fields[$0]?.display ?? "" } + [
                            key.elements(of: "scopes").map(\.scopeText).joined(separator: " "),
                            fields["expires_at"]?.timeText ?? "",
                            fields["last_used_at"]?.timeText ?? "",
                        ]
                    })
            }
        }
    }

    /// `vectron key revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revoke an API key; within 5 s it is refused everywhere.")

        @Argument(help: "The key's id, as \"key list\" shows it.") var id: String

        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            _ = try await access.connection().ask("DELETE", ["v1", "keys", id])
            output.print(["revoked": .string(id)], line: "revoked \(id)")
        }
    }
}

/// A scope as an argument: `read`, or `write:docs,notes`.
struct ScopeArgument: ExpressibleByArgument {
    private let access: Access
    private let collections: [String]

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let access = parts.first.flatMap({ Access(rawValue: String($0)) }) else { return nil }
        self.access = access
        guard parts.count == 2 else {
            collections = ["*"]
            return
        }
        collections = parts[1].split(separator: ",").map(String.init)
        if collections.isEmpty { return nil }
    }

    var json: JSONValue {
        .object([
            "access": .string(access.rawValue),
            "collections": .array(collections.map { .string($0) }),
        ])
    }
}

/// How long a key is good, as an argument: whole minutes, hours or days.
struct LifetimeArgument: ExpressibleByArgument {
    let seconds: Int

    /// The longest that can be asked for: more is meant to be without an end.
    private static let maxSeconds = 36_500 * 86_400

    init?(argument: String) {
        let units: [Character: Int] = ["m": 60, "h": 3_600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }),
            let count = Int(argument.dropLast()), count > 0, count <= Self.maxSeconds / unit
        else { return nil }
        seconds = count * unit
    }
}

extension JSONValue {
    /// A scope as ``ScopeArgument`` reads it.
    fileprivate var scopeText: String {
        let names = elements(of: "collections").map(\.display)
        let access = members["access"]?.display ?? ""
        return names == ["*"] ? access : "\(access):\(names.joined(separator: ","))"
    }

    /// Seconds since 1970 as a date.
    fileprivate var timeText: String {
        guard case .integer(let seconds) = self else { return "" }
        return Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
