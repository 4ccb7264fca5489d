import Cluster
import Fixtures
import Foundation
import Testing

@Suite(.serialized) struct `EndToEnd: a cluster of processes` {
    @Test func `keeps every acknowledged point when a worker is killed`() async throws {
        try await ProcessCluster.run { cluster in
            try await cluster.client(
                "collection", "create", "c", "--dimension", "2", "--shards", "2")
            for id in 1...20 {
                try await cluster.client(
                    "point", "upsert", "c", "--id", "\(id)", "--vector", "[\(id),1]", "--payload",
                    "{\"n\":\(id)}")
            }
            try await cluster.cluster("kill", "worker-1")
            let whileDown = try await cluster.attempt(
                "search", "c", "--vector", "[1,1]", "--timeout", "2s")
            #expect(whileDown.code == 1)
            #expect(whileDown.error.contains("worker-1"))
            try await cluster.cluster("start", "worker-1")
            #expect(try await cluster.client("count", "c") == "20\n")
            let found = try await cluster.client(
                "search", "c", "--vector", "[20,1]", "--limit", "1", "-o", "json")
            #expect(found.contains("\"id\":20") && found.contains("\"n\":20"))
            for id in 1...20 { try await cluster.client("point", "get", "c", "\(id)") }
        }
    }

    @Test(arguments: ["half", "disk"])
    func `keeps less in memory, and has all of it after a kill`(memory: String) async throws {
        try await ProcessCluster.run { cluster in
            try await cluster.client(
                "collection", "create", "c", "--dimension", "2", "--metric", "euclid",
                "--memory", memory)
            #expect(
                try await cluster.client("collection", "describe", "c", "-o", "json")
                    .contains("\"memory\":\"\(memory)\""))
            let lines = (0..<50).map { "{\"id\":\($0),\"vector\":[0.1,\($0)]}\n" }
            let path = try cluster.directory.write(lines.joined(), to: "points.jsonl")
            try await cluster.client("import", "c", path)
            try await cluster.cluster("kill", "worker-1")
            try await cluster.cluster("start", "worker-1")
            #expect(try await cluster.client("count", "c") == "50\n")
            let found = try await cluster.client(
                "search", "c", "--vector", "[0.1,33]", "--limit", "1", "--recall", "0.9", "-o",
                "json")
            #expect(found.contains("\"id\":33"))
            let measured = try await cluster.client("recall", "c", "--sample", "10", "-o", "json")
            #expect(measured.contains("\"by_mixtures\":") && measured.contains("\"recall\":1"))
            let refused = try await cluster.attempt(
                "search", "c", "--vector", "[0.1,33]", "--recall", "1.5")
            #expect(refused.code == 1)
            #expect(refused.error.contains("recall is 1.5"))
        }
    }

    @Test func `takes no new points beyond a worker's memory, and goes on with all else`()
        async throws
    {
        try await ProcessCluster.run { cluster in
            try await cluster.client("collection", "create", "c", "--dimension", "2")
            try await cluster.cluster("stop", "worker-1")
            let worker = try RunningProgram([
                "worker", "--config", cluster.config, "--node", "worker-1", "--memory-limit",
                "64KiB",
            ])
            defer { worker.kill() }
            let lines = (0..<2_000).map { "{\"id\":\($0),\"vector\":[1,\($0)]}\n" }
            let path = try cluster.directory.write(lines.joined(), to: "points.jsonl")
            let refused = try await cluster.attempt(
                "import", "c", path, "--batch-size", "50", "--concurrency", "1")
            #expect(refused.code == 1)
            #expect(refused.error.contains("of 65536 bytes; add a worker"), "\(refused.error)")
            let count = try await cluster.client("count", "c")
            #expect((Int(count.dropLast()) ?? 0) >= 50)
            try await cluster.client("point", "delete", "c", "3")
            let found = try await cluster.client(
                "search", "c", "--vector", "[1,7]", "--limit", "1", "-o", "json")
            #expect(found.contains("\"id\":"))
            worker.stop()
        }
    }

    @Test func `imports lines, and says where to go on`() async throws {
        try await ProcessCluster.run { cluster in
            try await cluster.client("collection", "create", "c", "--dimension", "2")
            let good = (0..<10).map {
                "{\"id\":\($0),\"vector\":[\($0),1],\"payload\":{\"a\":1}}\n"
            }
            let path = try cluster.directory.write(
                good.joined() + "{\"id\":10}\n", to: "points.jsonl")
            let broken = try await cluster.attempt(
                "import", "c", path, "--batch-size", "5", "--concurrency", "1")
            #expect(broken.code == 1)
            #expect(broken.error.contains("row 10: there is no \"vector\""))
            #expect(broken.error.contains("--skip 10"))
            #expect(try await cluster.client("count", "c") == "10\n")
        }
    }

    @Test func `imports the sample, and finds what is true`() async throws {
        let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../datasets/wordnet-sample").standardizedFileURL.path
        try await ProcessCluster.run { cluster in
            // The last rows only: this is a debug build.
            try await cluster.client(
                "import", "c", sample + "/base_f16.npy", "--payload", sample + "/payload.jsonl.gz",
                "--create", "--shards", "2", "--skip", "3700")
            #expect(try await cluster.client("count", "c") == "300\n")
            let point = try await cluster.client("point", "get", "c", "3999", "-o", "json")
            #expect(point.contains("\"id\":3999") && point.contains("\"gloss\":"))
            try await cluster.client(
                "bench", "search", "c", "--queries", sample + "/queries.npy", "--min-recall", "0.95"
            )

            let whole = try Data(contentsOf: URL(fileURLWithPath: sample + "/payload.jsonl.gz"))
            let cut = URL(fileURLWithPath: cluster.directory.path + "/cut.jsonl.gz")
            try whole.prefix(20_000).write(to: cut)
            let damaged = try await cluster.attempt(
                "import", "c", sample + "/base_f16.npy", "--payload", cut.path)
            #expect(damaged.code == 1)
            #expect(damaged.error.contains("is damaged or cut short after line"))
        }
    }

    @Test func `says which port is in use`() async throws {
        try await ProcessCluster.run { cluster in
            let data = cluster.directory.path + "/elsewhere"
            let result = try await cluster.attempt(
                "worker", "--node", "worker-1", "--data-directory", data)
            let endpoint = try cluster.file().node("worker-1", .worker).endpoint
            #expect(result.code == 1)
            #expect(result.error.contains("\(endpoint)"))
            #expect(result.error.contains("another process listens there"))
        }
    }

    @Test func `says that a data directory is in use`() async throws {
        try await ProcessCluster.run { cluster in
            let result = try await cluster.attempt("worker", "--node", "worker-1")
            #expect(result.code == 1)
            #expect(result.error.contains("/data/worker-1 is in use by another process"))
        }
    }

    @Test func `refuses clients of another cluster, and both ends say why`() async throws {
        try await ProcessCluster.run { cluster in
            let reason = "belongs to cluster \"other\""
            let result = try await cluster.attempt("status", "--cluster", "other")
            #expect(result.code == 1)
            #expect(result.error.contains(reason))
            #expect(try cluster.log("gateway-1").contains(reason))
        }
    }

    @Test func `refuses data of another cluster`() async throws {
        try await ProcessCluster.run { cluster in
            try await cluster.cluster("stop", "worker-1")
            let path = try cluster.changedFile { $0.id = "other" }
            let result = try await Program.run(["worker", "--node", "worker-1", "--config", path])
            #expect(result.code == 1)
            #expect(result.error.contains("belongs to the cluster test, this node to other"))
        }
    }

    @Test func `with keys works, and gives an unknown key nothing`() async throws {
        try await ProcessCluster.run(encrypted: true) { cluster in
            try await cluster.client("collection", "create", "c", "--dimension", "2")
            try await cluster.client("point", "upsert", "c", "--id", "1", "--vector", "[1,0]")
            #expect(try await cluster.client("count", "c") == "1\n")

            // A stranger: keys of its own, and the gateway's public key, which is no secret.
            let strangers = KeyDirectory(path: cluster.directory.path + "/strangers")
            try strangers.generate(["client-1"])
            let keys = try #require(try cluster.file().keysDirectory)
            try FileManager.default.copyItem(
                atPath: keys + "/gateway-1.pub", toPath: strangers.path + "/gateway-1.pub")
            let path = try cluster.changedFile { $0.keysDirectory = strangers.path }
            let stranger = try await Program.run(["status", "--config", path])
            #expect(stranger.code == 1)
            #expect(stranger.output.isEmpty)
            #expect(stranger.error.contains("did not accept our key"))

            // Somebody without any key.
            let plainPath = try cluster.changedFile { $0.keysDirectory = nil }
            let plain = try await Program.run(["status", "--config", plainPath])
            #expect(plain.code == 1)
            #expect(plain.output.isEmpty)
        }
    }
}

@Suite struct `EndToEnd: the command line` {
    @Test(
        arguments: [
            (["search", "c"], 2, "Say what to search for"),
            (["nonsense"], 2, "Unexpected argument"),
            (["collection", "create", "c"], 2, "--dimension"),
            (["import", "c", "f.npy", "--batch-size", "0"], 2, "--batch-size is 1 to"),
            (
                ["worker", "--config", "/nowhere.yaml", "--node", "w"], 2,
                "/nowhere.yaml cannot be read"
            ),
            (["status", "--gateway", "http://x"], 1, "write tcp://HOST:PORT"),
            (["keys", "generate"], 2, "Name the keys"),
        ] as [([String], Int32, String)])
    func `says what is wrong in one line`(
        arguments: [String], code: Int32, text: String
    ) async throws {
        let result = try await Program.run(arguments)
        #expect(result.code == code)
        #expect(result.error.contains(text))
        #expect(result.output.isEmpty)
    }

    @Test func `knows its version`() async throws {
        let result = try await Program.run(["--version"])
        #expect(result.code == 0)
        #expect(!result.output.isEmpty)
    }
}
