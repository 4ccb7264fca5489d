import ArgumentParser
import Cluster
import Foundation
import Logging
import Protocols
import REST
import Vectors

/// `vectron doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at this machine and at a cluster, running or not, and say what to do.",
        discussion: """
            One line for each thing: ok, warn or fail; exit code 1 if anything fails. Nothing is changed: \
            a few pages are written beside the data and removed at once.
            """)

    @Option(
        help: ArgumentHelp(
            "The cluster file; also VECTRON_CONFIG. Without it only the machine is looked at.",
            valueName: "path"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "A node that runs on this machine, which needs its secrets; may be repeated.",
            valueName: "name"))
    var node: [String] = []

    @Option(help: ArgumentHelp("How long a node may take to answer.", valueName: "time"))
    var timeout = TimeArgument(duration: .seconds(3))

    @OptionGroup var output: OutputOptions

    func run() async throws {
        ProcessLog.bootstrap(level: .critical)
        let configuration = try ClientOptions.value(config, "VECTRON_CONFIG").map { path in
            try ClusterConfiguration(
                path: path, environment: ProcessInfo.processInfo.environment)
        }
        let directories = configuration.map { configuration in
            let file = configuration.file
            return [file.dataDirectory] + file.nodes.map { file.dataDirectory(of: $0) }
        }
        let machine = MachineFacts.measured(
            directories: directories ?? [FileManager.default.currentDirectoryPath],
            kernels: DistanceKernel.variants(of: .cosine).map(\.variant))
        var diagnoses = LibraryVersions.diagnoses + machine.diagnoses
        if let configuration { diagnoses += try await examine(configuration) }
        show(diagnoses)
        guard !diagnoses.contains(where: { $0.level == .fail }) else { throw ExitCode(1) }
    }

    private func examine(_ configuration: ClusterConfiguration) async throws -> [Diagnosis] {
        let file = configuration.file
        let findings = file.advice + file.fileFindings(owned: node.isEmpty ? nil : Set(node))
        var diagnoses =
            configuration.errors.map { Diagnosis($0) }
            + findings.map { Diagnosis($0, at: configuration.origin(of: $0.place)) }
        if diagnoses.isEmpty { diagnoses = [.ok("configuration", "nothing is wrong with it")] }
        diagnoses += certificate(of: file)
        // Nobody knows what a file that nodes do not start with is about.
        guard configuration.errors.isEmpty else { return diagnoses }
        do throws(ClusterQuestionError) {
            let facts = try await ClusterQuestion(file, timeout: timeout.duration).ask()
            diagnoses += facts.diagnoses
            let answering = Set(facts.nodes.filter { $0.report != nil }.map(\.node.name))
            diagnoses += PortCheck.diagnoses(of: file, answering: answering)
        } catch {
            diagnoses.append(
                .fail(
                    "cluster", "its nodes cannot be asked: \(error)",
                    do: "run this where the keys of clients are"))
        }
        return diagnoses
    }

    /// Days before its end that a certificate is to be renewed.
    private static let renewalDays = 21

    private func certificate(of file: ClusterFile) -> [Diagnosis] {
        guard let certificate = file.restCertificate, let key = file.restPrivateKey,
            FileManager.default.isReadableFile(atPath: certificate),
            FileManager.default.isReadableFile(atPath: key)
        else { return [] }  // what is missing is said by the check of the configuration
        do {
            let end = try TLSFiles(certificate: certificate, privateKey: key).expiry()
            let days = (end - Int(Date.now.timeIntervalSince1970)) / 86_400
            let text = "\(certificate) is good for \(days) more days"
            let advice = "renew it: it is read again when it changes, without a restart"
            if end <= Int(Date.now.timeIntervalSince1970) {
                return [.fail("certificate", "\(certificate) is not good any more", do: advice)]
            }
            return days < Self.renewalDays
                ? [.warn("certificate", text, do: advice)] : [.ok("certificate", text)]
        } catch {
            return [
                .fail(
                    "certificate", "\(certificate) and \(key) cannot be used: \(error)",
                    do: "write the chain, the server's own first, and its key as PEM")
            ]
        }
    }

    private func show(_ diagnoses: [Diagnosis]) {
        switch output.output {
        case .json: print(JSONValue.array(diagnoses.map(\.json)).text)
        case .table:
            let width = diagnoses.map(\.subject.count).max() ?? 0
            for diagnosis in diagnoses { print(diagnosis.line(subjectWidth: width)) }
        }
    }
}

extension Diagnosis {
    /// The diagnosis on one line.
    func line(subjectWidth width: Int) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let text = text + (advice.map { "; \($0)" } ?? "")
        return "\(padded(level.rawValue, 4))  \(padded(subject, width))  "
            + text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The diagnosis for programs.
    var json: JSONValue {
        .object([
            "level": .string(level.rawValue), "subject": .string(subject), "message": .string(text),
            "advice": advice.map { .string($0) } ?? .null,
        ])
    }
}
