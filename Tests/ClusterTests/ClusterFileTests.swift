import Actors
import Cluster
import Fixtures
import Foundation
import Testing

/// The nodes that most files here have.
private let nodes = """
    nodes:
      - {name: placement, role: placement, endpoint: "tcp://127.0.0.1:7610"}
      - {name: worker-1, role: worker, endpoint: "tcp://127.0.0.1:7621", failure_domain: rack-a}
      - {name: gateway-1, role: gateway, endpoint: "tcp://127.0.0.1:7600", bridge: "ipc:///tmp/b"}
    """

private func load(
    _ text: String, environment: [String: String] = [:], flags: [String] = []
) throws -> ClusterFile {
    let directory = try TemporaryDirectory()
    return try withExtendedLifetime(directory) {
        try ClusterFile.load(
            path: directory.write(text, to: "c.yaml"), environment: environment, flags: flags)
    }
}

/// What loading fails with, from the file's name on.
private func failure(
    _ text: String, environment: [String: String] = [:], flags: [String] = []
) throws -> String {
    do {
        _ = try load(text, environment: environment, flags: flags)
        return "no error"
    } catch {
        let text = "\(error)"
        return text.range(of: "c.yaml").map { String(text[$0.lowerBound...]) } ?? text
    }
}

@Suite struct `A cluster file` {
    @Test func `with nodes only has the defaults`() throws {
        let file = try load(nodes)
        #expect(file.id == "vectron")
        #expect(file.keysDirectory == nil)
        #expect(file.replicaCount == 1)
        #expect(file.dataDirectory.hasSuffix("/data"))
        #expect(file.timeouts == ClusterFile.Timeouts())
        #expect(file.limits == ClusterFile.Limits())
        #expect(file.nodes.map(\.name) == ["placement", "worker-1", "gateway-1"])
        #expect(file.nodes[1].failureDomain == "rack-a")
        #expect(file.nodes[2].bridge == "ipc:///tmp/b")
    }

    @Test func `sets every key, in order of precedence`() throws {
        let text = "timeouts: {call: 5s, connect: 7s, shutdown: 1500ms}\n" + nodes
        let file = try load(
            text,
            environment: ["VECTRON__TIMEOUTS__CONNECT": "8s", "VECTRON__TIMEOUTS__SHUTDOWN": "2m"],
            flags: ["timeouts.shutdown=9s", "limits.max_message_bytes=2MiB"])
        #expect(file.timeouts.call == .seconds(5))
        #expect(file.timeouts.connect == .seconds(8))
        #expect(file.timeouts.shutdown == .seconds(9))
        #expect(file.limits.maxMessageByteCount == 2 << 20)
    }

    @Test func `has paths relative to itself`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "cluster: {keys: k}\ndata: {directory: ../d}\n" + nodes, to: "c.yaml")
        let file = try ClusterFile.load(path: path, environment: [:])
        #expect(file.keysDirectory == directory.path + "/k")
        #expect(
            file.dataDirectory == (directory.path as NSString).deletingLastPathComponent + "/d")
    }

    @Test func `comes back from what it writes`() throws {
        let file = try load(
            "cluster: {id: it, keys: \"/k's\", replicas: 1}\nlimits: {threads: 3}\nlog: {level: debug}\n"
                + "rest: {allowed_origins: ['https://a.b:1', 'http://[::1]'], trusted_proxies: '::1'}\n"
                + nodes
        )
        #expect(try load(file.yaml) == file)
    }

    @Test(arguments: [
        (
            "timeouts:\n  cal: 5s\n",
            "c.yaml:2: unknown key timeouts.cal; did you mean timeouts.call?"
        ),
        ("timeout: {call: 5s}\n", "c.yaml:1: unknown key timeout; did you mean timeouts?"),
        (
            "log: {elephant: 1}\n",
            "c.yaml:1: unknown key log.elephant; cluster-configs/README.md lists every key"
        ),
        (
            "timeouts:\n\n  call: soon\n",
            "c.yaml:3: timeouts.call is \"soon\"; write a duration such as 500ms, 30s or 5m"
        ),
        (
            "timeouts: {call: 30}\n",
            "c.yaml:1: timeouts.call is \"30\"; write a duration such as 500ms, 30s or 5m"
        ),
        ("timeouts: {call: [1s]}\n", "c.yaml:1: timeouts.call is a list; write a single value"),
        ("timeouts: {call: }\n", "c.yaml:1: timeouts.call is empty; write a single value"),
        ("timeouts: 3\n", "c.yaml:1: timeouts is \"3\"; write keys with values below it"),
        (
            "limits: {max_message_bytes: -1}\n",
            """
            c.yaml:1: limits.max_message_bytes is "-1"; \
            write a number of bytes such as 65536, 512KiB or 40MiB
            """
        ),
        (
            "limits: {max_running_calls: 0}\n",
            "c.yaml:1: limits.max_running_calls is \"0\"; write a whole number from 1 to 1000000"
        ),
        (
            "cluster: {id: a b}\n",
            "c.yaml:1: cluster.id is \"a b\"; write a name of 1 to 128 of A-Z a-z 0-9 _ - ."
        ),
        (
            "cluster: {replicas: 0}\n",
            "c.yaml:1: cluster.replicas is \"0\"; write a whole number from 1 to 7"
        ),
        (
            "cluster: {replicas: 2}\n",
            """
            c.yaml:1: cluster.replicas (2) must not be more than the cluster has workers (1)
            """
        ),
        (
            "log: {level: loud}\n",
            """
            c.yaml:1: log.level is "loud"; \
            write one of trace, debug, info, notice, warning, error, critical
            """
        ),
        (
            "timeouts: {heartbeat_interval: 5s}\n",
            """
            timeouts.heartbeat_timeout (5s) must be longer than timeouts.heartbeat_interval (5s)
            """
        ),
    ])
    func `says what is wrong and where`(text: String, expected: String) throws {
        #expect(try failure(text + nodes) == expected)
    }

    @Test(arguments: [
        ("name: w, role: worker", "c.yaml:5: nodes.endpoint is missing"),
        (
            "name: w, role: waiter, endpoint: 'tcp://h:1'",
            "c.yaml:5: nodes.role is \"waiter\"; write placement, worker, gateway or auth"
        ),
        (
            "name: w, role: worker, endpoint: 'http://h:1'",
            """
            c.yaml:5: nodes.endpoint is "http://h:1"; \
            write tcp://HOST:PORT, or ipc://PATH with at most 107 bytes of path
            """
        ),
        (
            "name: w, role: worker, endpoint: 'tcp://h:*'",
            """
            c.yaml:5: nodes.endpoint is "tcp://h:*"; \
            write tcp://HOST:PORT, or ipc://PATH with at most 107 bytes of path
            """
        ),
        (
            "name: w, role: worker, endpint: 'tcp://h:1'",
            "c.yaml:5: unknown key nodes.endpint; did you mean endpoint?"
        ),
        (
            "name: worker-1, role: worker, endpoint: 'tcp://h:1'",
            "c.yaml:5: two nodes are named worker-1; give each node its own name"
        ),
        (
            "name: w, role: worker, endpoint: 'tcp://127.0.0.1:7610'",
            """
            c.yaml:5: tcp://127.0.0.1:7610 is used twice, by placement and w; \
            give each endpoint its own port
            """
        ),
        (
            "name: w, role: worker, endpoint: 'tcp://h:1', bridge: 'tcp://h:2'",
            "c.yaml:5: node w is a worker; only a gateway has a bridge"
        ),
        (
            "name: w, role: worker, endpoint: 'tcp://h:1', rest: 'tcp://h:2'",
            "c.yaml:5: node w is a worker; only a gateway serves rest"
        ),
        (
            "name: g, role: gateway, endpoint: 'tcp://h:1', rest: 'tcp://0.0.0.0:2'",
            """
            c.yaml:5: node g would serve rest at tcp://0.0.0.0:2 to everybody, as the cluster has no \
            auth node; listen on 127.0.0.1, or add a node with role: auth
            """
        ),
        (
            "name: g, role: gateway, endpoint: 'tcp://h:1', bridge: 'tcp://0.0.0.0:2'",
            """
            c.yaml:5: node g would have its bridge at tcp://0.0.0.0:2 for everybody, as the cluster has \
            no keys; listen on 127.0.0.1, or set cluster.keys
            """
        ),
        (
            "name: g, role: gateway, endpoint: 'tcp://h:1', failure_domain: x",
            "c.yaml:5: node g is a gateway; only a worker has a failure_domain"
        ),
        (
            "name: client-1, role: worker, endpoint: 'tcp://h:1'",
            "c.yaml:5: node client-1: names that begin with . or client- are taken; choose another"
        ),
    ])
    func `refuses a wrong node`(node: String, expected: String) throws {
        #expect(try failure(nodes + "\n  - {\(node)}\n") == expected)
    }

    @Test func `needs each role`() throws {
        let lines = nodes.split(separator: "\n")
        for (line, role) in [(1, "placement"), (2, "worker"), (3, "gateway")] {
            let rest = lines.indices.filter { $0 != line }.map { lines[$0] }
            #expect(
                try failure(rest.joined(separator: "\n"))
                    == "the cluster has no \(role); add a node with role: \(role)")
        }
    }

    @Test func `may have auth nodes, whose secret is among the keys or the data`() throws {
        #expect(try !load(nodes).hasAuthentication)
        let auth = "\n  - {name: auth-1, role: auth, endpoint: 'tcp://127.0.0.1:7630'}\n"
        let file = try load("data: {directory: /d}\n" + nodes + auth)
        #expect(file.hasAuthentication && file.authSecret.path == "/d/auth-secret")
        let encrypted = try load("cluster: {keys: /k}\n" + nodes + auth)
        #expect(encrypted.authSecret.path == "/k/auth-secret")
    }

    @Test func `that is no YAML says in which line`() throws {
        #expect(try failure("a: [1\nb: 2\n").contains("is not YAML: line "))
        #expect(try failure("log: {}\nlog: {}\n").contains("is written twice"))
    }

    @Test func `takes no unknown variable or flag`() throws {
        #expect(
            try failure(nodes, environment: ["VECTRON__TIMEOUTS__CAL": "1s"])
                == """
                VECTRON__TIMEOUTS__CAL: unknown key timeouts.cal; \
                did you mean VECTRON__TIMEOUTS__CALL?
                """)
        #expect(
            try failure(nodes, flags: ["log.levle=info"])
                == "--set log.levle=info: unknown key log.levle; did you mean log.level?")
        #expect(try failure(nodes, environment: ["VECTRON_GATEWAY": "x"]) == "no error")
    }
}

@Suite struct `The documentation of cluster files` {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("cluster-configs").path

    @Test func `names every key with its default`() throws {
        let text = try String(contentsOfFile: Self.folder + "/README.md", encoding: .utf8)
        let defaults = ClusterFile(dataDirectory: "data")
        for setting in ClusterSetting.all {
            let row = text.split(separator: "\n").first { $0.hasPrefix("| `\(setting.name)` |") }
            let cells = row?.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let documented = try #require(cells, "\(setting.name) is not documented")[2]
            if let value = setting.text(in: defaults) { #expect(documented == "`\(value)`") }
        }
    }

    @Test(arguments: ["one-node", "two-workers", "three-node", "five-node", "encrypted"])
    func `has examples that load`(name: String) throws {
        _ = try ClusterFile.load(path: "\(Self.folder)/\(name).yaml", environment: [:])
    }
}
