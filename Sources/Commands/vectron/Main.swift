import ArgumentParser
import Cluster
import Foundation
import Protocols

/// Parses the command line, runs the command, and says on one line what went wrong.
///
/// Exit codes: 0 done, 1 failed, 2 the command line or the cluster file is wrong.
@main
enum Main {
    static func main() async {
        do {
            var command = try Vectron.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(report(error))
        }
    }

    /// Tells an error to the terminal.
    ///
    /// - Returns: The exit code.
    static func report(_ error: any Error) -> Int32 {
        if let code = error as? ExitCode { return code.rawValue }
        switch Vectron.exitCode(for: error) {
        case .success:
            print(Vectron.fullMessage(for: error))
            return 0
        case .validationFailure:
            writeError(Vectron.fullMessage(for: error))
            return 2
        default:
            writeError("vectron: \(text(of: error))")
            return error is ClusterFileError ? 2 : 1
        }
    }

    /// One line, whatever the error.
    private static func text(of error: any Error) -> String {
        let text =
            switch error {
            case let error as ServiceError: error.message
            case is CancellationError: "interrupted"
            default: "\(error)"
            }
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Writes a line to the standard error.
    static func writeError(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
