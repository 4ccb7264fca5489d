import ArgumentParser
import Protocols

/// `vectron user`.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Create, list and delete users, and change passwords.",
        subcommands: [Create.self, List.self, Delete.self, Password.self])

    /// `vectron user create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a user.",
            discussion: """
                The first administrator is made with the bootstrap token that the auth nodes print at \
                their first start; all others by an administrator who is logged in.
                """)

        @Argument(help: "The user's name.") var name: String

        @Option(help: ArgumentHelp("The tenant; without it one of its own.", valueName: "name"))
        var tenant: String?

        @Option(help: ArgumentHelp("The plan of a new tenant.", valueName: "name"))
        var plan: String?

        @Flag(help: "Make an administrator.") var admin = false

        @Option(
            help: ArgumentHelp(
                "A file with the bootstrap token, for the first administrator.", valueName: "path"))
        var bootstrapTokenFile: String?

        @OptionGroup var password: PasswordOptions
        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let connection = try access.connection()
            let token = try bootstrapTokenFile.map {
                try SecretInput.read($0, prompt: "Bootstrap token")
            }
            let secret = try SecretInput.read(
                password.passwordFile, prompt: "New password of \(name)", isNew: true)
            var body: [String: JSONValue] = ["name": .string(name), "password": .string(secret)]
            if let tenant { body["tenant"] = .string(tenant) }
            let user: JSONValue
            if let token {
                body["token"] = .string(token)
                user = try await connection.send(
                    "POST", ["v1", "bootstrap"], .object(body), token: nil)
            } else {
                if let plan { body["plan"] = .string(plan) }
                if admin { body["is_admin"] = .bool(true) }
                user = try await connection.ask("POST", ["v1", "users"], .object(body))
            }
            output.print(
                user.members,
                line: "created \(name) of tenant \(user.members["tenant"]?.display ?? "")")
        }
    }

    /// `vectron user list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the users.")

        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        /// How many users are asked for at once.
        private static let pageLength = 1_000

        func run() async throws {
            let connection = try access.connection()
            var users: [JSONValue] = []
            var query = ["limit": "\(Self.pageLength)"]
            while true {
                let page = try await connection.ask("GET", ["v1", "users"], query: query)
                    .elements(of: "users")
                users += page
                guard page.count == Self.pageLength, let last = page.last else { break }
                query["after"] = last.members["name"]?.display
            }
            output.print(.array(users)) {
                Table(users, columns: ["name", "tenant", "plan", "is_admin", "key_count"])
            }
        }
    }

    /// `vectron user delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete a user with all its keys and sessions.")

        @Argument(help: "The user's name.") var name: String

        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            _ = try await access.connection().ask("DELETE", ["v1", "users", name])
            output.print(["deleted": .string(name)], line: "deleted \(name)")
        }
    }

    /// `vectron user password`.
    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "password",
            abstract: "Change one's own password, or as an administrator another's.")

        @Argument(help: "Whose password; one's own unless given.") var name: String?

        @Option(
            help: ArgumentHelp(
                "A file whose first line is one's current password.", valueName: "path"))
        var currentPasswordFile: String?

        @OptionGroup var password: PasswordOptions
        @OptionGroup var access: AccessOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let connection = try access.connection()
            var body: [String: JSONValue] = [:]
            if let name {
                body["user"] = .string(name)
            } else {
                body["current_password"] = .string(
                    try SecretInput.read(currentPasswordFile, prompt: "Current password"))
            }
            body["new_password"] = .string(
                try SecretInput.read(password.passwordFile, prompt: "New password", isNew: true))
            _ = try await connection.ask("POST", ["v1", "password"], .object(body))
            output.print(["changed": .bool(true)], line: "the password is changed")
        }
    }
}

extension JSONValue {
    /// The values of an array that is a member.
    func elements(of name: String) -> [JSONValue] {
        if case .array(let values)? = members[name] { values } else { [] }
    }
}

extension Table {
    /// Objects as rows, their members as columns.
    init(_ objects: [JSONValue], columns: [String]) {
        self.init(
            headings: columns.map { $0.split(separator: "_").joined(separator: " ") },
            rows: objects.map { object in columns.map { object.members[$0]?.display ?? "" } })
    }
}
