import Fixtures
import Foundation
import Testing

@Suite(.serialized) struct `EndToEnd: a failing disk` {
    private static let strace = "/usr/bin/strace"

    /// Whether system calls of a process can be made to fail.
    private static let canInject: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: strace)
        process.arguments = ["-e", "inject=fdatasync:error=EIO", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    @Test(
        .timeLimit(.minutes(2)),
        .enabled(if: canInject, "strace is not there or may not trace"))
    func `ends its worker, and no acknowledged write is lost`() async throws {
        try await ReplicatedCluster.run { nodes in
            let cluster = nodes.cluster
            try await nodes.createCollection()
            try await nodes.write(1...10)
            try await nodes.waitForReplicas(of: 10)
            try await cluster.cluster("stop", "worker-3")
            let worker = try RunningProgram(
                ["worker", "--config", cluster.config, "--node", "worker-3"],
                launcher: [
                    Self.strace, "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                    "inject=fdatasync:error=EIO:when=6+",
                ])
            var last = 10
            try await nodes.wait(for: "the end of a worker whose disk fails") {
                try await nodes.write((last + 1)...(last + 5))
                last += 5
                return (worker.code != nil, worker.error)
            }
            #expect(worker.code != nil && worker.code != 0)
            #expect(worker.error.contains("a write failed, the node stops"), "\(worker.error)")
            try await nodes.write((last + 1)...(last + 5))
            try await nodes.expectPoints(1...(last + 5))
            try await cluster.cluster(["start", "worker-3", "--no-wait"])
            try await nodes.waitForReplicas(of: last + 5)
        }
    }

    @Test(
        .timeLimit(.minutes(2)),
        .enabled(if: ProcessCluster.canIsolate, "mounting a small file system needs root"))
    func `that is full ends or refuses, others serve, and with space it goes on`() async throws {
        try await ReplicatedCluster.run { nodes in
            let cluster = nodes.cluster
            try await nodes.createCollection()
            try await nodes.write(1...10)
            try await cluster.cluster("stop", "worker-3")
            try nodes.wipe("worker-3")
            let disk = try nodes.data(of: "worker-3")
            try FileManager.default.createDirectory(
                atPath: disk, withIntermediateDirectories: true)
            try #require(
                try Self.code("/bin/mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk) == 0)
            // Lazily: the process may not have ended yet. What cannot be unmounted stays.
            defer { _ = try? Self.code("/bin/umount", "-l", disk) }

            let arguments = ["worker", "--config", cluster.config, "--node", "worker-3"]
            let worker = try RunningProgram(arguments)
            defer { worker.kill() }
            try await nodes.waitForReplicas(of: 10)
            // To the last byte; what is left of the file says that there is no more.
            _ = try Self.code("/bin/dd", "if=/dev/zero", "of=\(disk)/shards/filler", "bs=64k")
            var last = 10
            for _ in 0..<10 where worker.code == nil {
                try await nodes.write((last + 1)...(last + 100))
                last += 100
            }
            #expect(worker.code != nil && worker.code != 0)
            #expect(worker.error.contains("No space left on device"), "\(worker.error)")
            try await nodes.expectPoints(1...last)

            try FileManager.default.removeItem(atPath: "\(disk)/shards/filler")
            worker.stop()
            let again = try RunningProgram(arguments)
            defer { again.kill() }
            try await nodes.waitForReplicas(of: last)
            again.stop()
        }
    }

    /// Runs a tool of the system.
    private static func code(_ command: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
