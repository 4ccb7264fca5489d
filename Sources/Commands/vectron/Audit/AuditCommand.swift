import ArgumentParser
import Cluster
import Foundation
import Gateway
import Protocols

/// `vectron audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show who has done, or was refused, what: the audit logs of the gateways here.",
        discussion: """
            Reads the files of this machine, rotated ones too, and needs the right to: they are their \
            owner's alone. Several gateways' lines are merged by time. What is no line of an audit log is \
            named and passed over. With -o json each line is one JSON object, with the node that wrote it.
            """)

    @Option(
        help: ArgumentHelp(
            "A cluster file, for where its gateways keep their data; also VECTRON_CONFIG.",
            valueName: "path"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "A gateway's data directory, or one of several nodes'; without --config .vectron/dev.",
            valueName: "path"))
    var directory: String?

    @Option(help: ArgumentHelp("By this user, or about it; may be repeated.", valueName: "name"))
    var user: [String] = []

    @Option(
        help: ArgumentHelp(
            "By this API key, or about it, as \"key list\" shows its id; may be repeated.",
            valueName: "id"))
    var key: [String] = []

    @Option(
        help: ArgumentHelp(
            "What was asked for, such as login or createKey; may be repeated.", valueName: "action")
    )
    var action: [String] = []

    @Option(help: ArgumentHelp("On this collection; may be repeated.", valueName: "name"))
    var collection: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            done, failed, refused (unauthenticated or permissionDenied) or one error's code; may be \
            repeated.
            """, valueName: "outcome"))
    var outcome: [AuditFilter.Outcome] = []

    @Option(help: ArgumentHelp("Since then: 1h, 2d, or 2026-01-31T12:00:00Z.", valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Until then, likewise.", valueName: "time"))
    var until: MomentArgument?

    @Option(name: [.customShort("n"), .long], help: "Only so many lines, the last ones.")
    var lines: Int?

    @Flag(name: .shortAndLong, help: "Go on with what is written from now on.")
    var follow = false

    @OptionGroup var output: OutputOptions

    /// The most lines that are held to find the last ones.
    private static let maxLineCount = 1_000_000
    /// How often a file is looked at again.
    private static let pause = Duration.milliseconds(250)

    func validate() throws {
        let known = GatewayOperation.allCases.map(\.rawValue)
        for action in action where !known.contains(action) {
            throw ValidationError(
                "There is no action \(action); it may be \(known.joined(separator: ", ")).")
        }
        if let lines, !(0...Self.maxLineCount).contains(lines) {
            throw ValidationError("--lines is a number up to \(Self.maxLineCount).")
        }
        if config != nil, directory != nil {
            throw ValidationError("Say where the logs are once: --config or --directory.")
        }
    }

    func run() async throws {
        let sources = try sources()
        let found = sources.filter { FileManager.default.isReadableFile(atPath: $0.path) }
        for source in sources where !found.contains(source) {
            Main.writeError("no audit log of \(source.node) can be read at \(source.path)")
        }
        guard follow || !found.isEmpty else {
            throw CommandError(
                """
                there is no audit log; a gateway with rest or a bridge writes one in its data directory: \
                name that with --directory, or its cluster file with --config
                """)
        }
        let merged = AuditMerge(sources.map { AuditSource($0) }, filter)
        var last: [AuditMerge.Item] = []
        try merged.drain(isEnd: !follow) { item in
            guard let lines else { return show(item) }
            last.append(item)
            if last.count > 2 * lines { last.removeFirst(last.count - lines) }
        } broken: {
            warn($0)
        }
        for item in last.suffix(lines ?? 0) { show(item) }
        while follow {
            try await Task.sleep(for: Self.pause)
            try merged.drain(isEnd: false) {
                show($0)
            } broken: {
                warn($0)
            }
        }
    }

    private func warn(_ line: String) {
        Main.writeError(AuditMerge.Item.printable(line))
    }

    private func show(_ item: AuditMerge.Item) {
        let line = output.output == .json ? item.json : item.text
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private var filter: AuditFilter {
        var filter = AuditFilter()
        filter.users = Set(user)
        filter.keys = Set(key.map { $0.hasPrefix("key:") ? String($0.dropFirst(4)) : $0 })
        filter.operations = Set(action)
        filter.collections = Set(collection)
        filter.outcomes = outcome
        filter.since = since?.time
        filter.until = until?.time
        return filter
    }

    /// Where logs may be.
    private func sources() throws -> [AuditFile] {
        if directory == nil, let path = ClientOptions.value(config, "VECTRON_CONFIG") {
            let file = try ClusterFile.load(
                path: path, environment: ProcessInfo.processInfo.environment)
            return file.nodes(.gateway).filter { $0.rest != nil || $0.bridge != nil }
                .map { AuditFile(node: $0.name, directory: file.dataDirectory(of: $0)) }
        }
        return AuditFile.find(in: directory ?? ".vectron/dev")
    }
}

extension AuditFilter.Outcome: ExpressibleByArgument {
    /// The outcome of this name.
    public init?(argument: String) { self.init(argument) }
}

/// A moment as an argument: so long ago, or a time of ISO 8601.
struct MomentArgument: ExpressibleByArgument {
    let time: Timestamp

    init?(argument: String) {
        if let ago = LifetimeArgument(argument: argument) {
            time = Timestamp(Int64(Date.now.timeIntervalSince1970) - Int64(ago.seconds))
        } else if let date = try? Date(argument, strategy: .iso8601) {  // else it is no time
            time = Timestamp(Int64(date.timeIntervalSince1970))
        } else {
            return nil
        }
    }
}
