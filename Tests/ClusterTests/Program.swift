import Fixtures
import Foundation
import Testing

/// The program under test: the `vectron` that was built beside the tests.
enum Program {
    /// What a run of it came to.
    struct Result: Sendable {
        var code: Int32
        var output: String
        var error: String
    }

    static let path: String = {
        // The test's binary is in the build directory, in a bundle on some systems.
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            link.contains("/.build/")
        {
            folder = URL(fileURLWithPath: link).deletingLastPathComponent()
        }
        return folder.appendingPathComponent("vectron").path
    }()

    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("VECTRON_") }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: nobody has to read while it runs.
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let output = try directory.write("", to: "output")
        let error = try directory.write("", to: "error")
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: error)
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return Result(
            code: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            error: try String(contentsOfFile: error, encoding: .utf8))
    }
}

/// A run of the program that goes on until it ends by itself or is killed.
final class RunningProgram: @unchecked Sendable {  // `process` is set up once, then only asked
    private let process = Process()
    private let directory: TemporaryDirectory
    private let errorPath: String

    /// Starts it.
    ///
    /// - Parameter launcher: What is to run it, such as `strace` and its options.
    init(_ arguments: [String], launcher: [String] = []) throws {
        directory = try TemporaryDirectory()
        errorPath = try directory.write("", to: "error")
        let command = launcher + [Program.path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: errorPath)
        try process.run()
    }

    deinit { kill() }

    /// What it has said.
    var error: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

    /// Its exit code, once it has ended.
    var code: Int32? { process.isRunning ? nil : process.terminationStatus }

    /// Ends it, whatever it does.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to end and waits until it has.
    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }
}
