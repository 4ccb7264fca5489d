import ArgumentParser

/// The command `vectron`.
struct Vectron: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectron",
        abstract: "A distributed vector database: its servers, its client and its tools.",
        discussion: """
            Try it: "vectron dev" runs everything in one process, and every client command finds it \
            without options.
            """,
        version: Release.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Server",
                subcommands: [
                    DevCommand.self, PlacementCommand.self, WorkerCommand.self,
                    GatewayCommand.self, AuthCommand.self,
                ]),
            CommandGroup(
                name: "Client",
                subcommands: [
                    CollectionCommand.self, PointCommand.self, SearchCommand.self,
                    CountCommand.self, ImportCommand.self, StatusCommand.self, BenchCommand.self,
                    RecallCommand.self,
                ]),
            CommandGroup(
                name: "Users",
                subcommands: [
                    LoginCommand.self, LogoutCommand.self, UserCommand.self, KeyCommand.self,
                    LimitsCommand.self, AuditCommand.self,
                ]),
            CommandGroup(
                name: "Operation",
                subcommands: [
                    ClusterCommand.self, ConfigCommand.self, DoctorCommand.self, KeysCommand.self,
                    RecoverCommand.self,
                ]),
        ])
}

/// Which release this is.
enum Release {
    /// The version, as clients and `--version` see it.
    static let version = "0.1.0"
}
