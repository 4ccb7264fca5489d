import ArgumentParser
import Cluster
import Foundation
import Protocols

/// `vectron config`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check a cluster file, or show what it comes to.",
        subcommands: [ConfigCheck.self, ConfigPrint.self])
}

/// Which configuration a command is about.
struct ConfigOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The cluster file.", valueName: "file")) var path: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a key of the cluster file; may be repeated.", valueName: "section.key=value"))
    var settings: [String] = []

    /// The configuration as a node would have it.
    ///
    /// - Throws: ``ClusterFileError``; not by its type, since Swift 6.3.1 crashes where such an error is
    ///   taken apart and thrown again.
    func configuration() throws -> ClusterConfiguration {
        try ClusterConfiguration(
            path: path, environment: ProcessInfo.processInfo.environment, flags: settings)
    }
}

/// `vectron config check`.
struct ConfigCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say all that is wrong with a cluster file; exit code 1 if anything is.",
        discussion: """
            Errors keep nodes from starting; warnings are what one would not want. Also looked at are \
            the files that it names, as they are on this machine.
            """)

    @OptionGroup var options: ConfigOptions

    @Option(
        help: ArgumentHelp(
            "A node that runs on this machine, which needs its secrets; may be repeated.",
            valueName: "name"))
    var node: [String] = []

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let findings = try findings()
        switch output.output {
        case .json: print(JSONValue.array(findings.map(\.json)).text)
        case .table:
            for finding in findings { print(finding.text) }
            if findings.isEmpty { print("\(options.path): nothing is wrong") }
        }
        guard findings.isEmpty else { throw ExitCode(1) }
    }

    private func findings() throws -> [ConfigFinding] {
        let configuration: ClusterConfiguration
        do {
            configuration = try options.configuration()
        } catch let error as ClusterFileError {
            // What is no YAML is a finding; what cannot be read was not looked at.
            guard case .malformed = error else { throw error }
            return [ConfigFinding(error)]
        }
        for name in node where !configuration.file.nodes.contains(where: { $0.name == name }) {
            throw CommandError("the cluster file has no node named \(name)")
        }
        let file = configuration.file
        let others = file.advice + file.fileFindings(owned: node.isEmpty ? nil : Set(node))
        return configuration.errors.map { ConfigFinding($0) }
            + others.filter { $0.severity == .error }.map { ConfigFinding($0, configuration) }
            + others.filter { $0.severity == .warning }.map { ConfigFinding($0, configuration) }
    }
}

/// A finding as it is shown.
struct ConfigFinding {
    private let severity: ClusterFinding.Severity
    private let origin: ClusterValueOrigin?
    private let message: String

    init(_ error: ClusterFileError) {
        severity = .error
        origin = error.origin
        message = error.message
    }

    init(_ finding: ClusterFinding, _ configuration: ClusterConfiguration) {
        severity = finding.severity
        origin = configuration.origin(of: finding.place)
        message = finding.text
    }

    /// `FILE:LINE: error: …`, as compilers and editors write it.
    var text: String {
        (origin.map { "\($0): " } ?? "") + "\(severity.rawValue): \(message)"
    }

    var json: JSONValue {
        var object: [String: JSONValue] = [
            "severity": .string(severity.rawValue), "message": .string(message),
        ]
        switch origin {
        case .file(let path, let line):
            object["file"] = .string(path)
            object["line"] = JSONValue(line)
        case .environment(let name): object["variable"] = .string(name)
        case .flag(let flag): object["flag"] = .string(flag)
        case nil: break
        }
        return .object(object)
    }
}

/// `vectron config print`.
struct ConfigPrint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Print what a cluster file comes to, as a cluster file.",
        discussion: """
            With defaults, variables and flags applied, and paths made absolute. No secret is in it: \
            secrets are in files, of which only the paths are shown.
            """)

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Say in a comment where each value came from.") var origins = false

    func run() async throws {
        let configuration = try options.configuration()
        if let first = configuration.errors.first { throw first }
        print(
            origins ? configuration.yamlWithOrigins : configuration.file.yaml, terminator: "")
    }
}
