import ArgumentParser
import Auth
import PlacementDriver
import Primitives
import Storage

/// `vectron recover`: what is left to do when more than half of a group is lost for ever.
struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Look into the data of a stopped node, or let it go on without a lost majority.",
        discussion: """
            Only if more than half of the placement drivers, of the auth nodes or of the replicas of a \
            shard are lost for ever: what they have acknowledged and the survivor never got is lost. \
            Inspect all survivors, stop them, and recover the one whose log has the highest last term \
            and, among these, index. Wipe the data of the others, start all nodes, the gateways anew too.
            """,
        subcommands: [
            RecoverInspect.self, RecoverPlacement.self, RecoverAuth.self, RecoverWorker.self,
        ])
}

/// Which data a command is about.
struct RecoverOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The data directory of a node that does not run.", valueName: "path"))
    var dataDirectory: String
}

/// What recovers, besides which data.
struct RecoverChangeOptions: ParsableArguments {
    @Flag(help: "Do it; without this it is only said what would be done.")
    var yes = false
}

/// `vectron recover placement`.
struct RecoverPlacement: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "placement",
        abstract: "Make a placement driver the only one of its group, with the catalog that it has."
    )

    @OptionGroup var options: RecoverOptions
    @OptionGroup var change: RecoverChangeOptions

    func run() async throws {
        let node = try StoppedNode(at: options.dataDirectory)
        try node.recover([try node.planOfCatalog()], isWanted: change.yes)
    }
}

/// `vectron recover auth`.
struct RecoverAuth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth",
        abstract: "Make an auth node the only one of its group, with the users and keys it has.")

    @OptionGroup var options: RecoverOptions
    @OptionGroup var change: RecoverChangeOptions

    func run() async throws {
        let node = try StoppedNode(at: options.dataDirectory)
        try node.recover([try node.planOfAuth()], isWanted: change.yes)
    }
}

/// `vectron recover worker`.
struct RecoverWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract:
            "Make a worker's replicas the only ones of their shards, with the points they have.")

    @OptionGroup var options: RecoverOptions

    @Option(help: ArgumentHelp("A shard; may be repeated.", valueName: "number"))
    var shard: [UInt64] = []

    @OptionGroup var change: RecoverChangeOptions

    func run() async throws {
        let node = try StoppedNode(at: options.dataDirectory)
        guard !shard.isEmpty else {
            let others = [PlacementGroup.id, AuthGroup.id]
            let shards = node.log.ids.filter { !others.contains($0) }.map(\.description)
            throw CommandError(
                """
                say which shards have lost their quorum, as --shard N for each; here are \
                \(shards.isEmpty ? "none" : shards.joined(separator: ", "))
                """)
        }
        let plans = try Set(shard).sorted().map { try node.plan(ofShard: $0) }
        try node.recover(plans, isWanted: change.yes)
    }
}
