// swift-tools-version: 6.1
import PackageDescription

// The graph of ARCHITECTURE.md: imports point down only, and the targets of one layer do not
// import each other. `Tests/TidyTests` keeps it so; `tools/check` builds with the explicit import
// check, so an undeclared import fails as well.

/// What every Swift target is built with.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library of the system, described by a module map.
func binding(_ name: String, apt package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/Bindings/\(name)", providers: [.apt([package])])
}

/// A Swift target in the folder of its layer.
func library(
    _ name: String, in layer: String, _ dependencies: [Target.Dependency] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(layer)/\(name)",
        swiftSettings: swiftSettings)
}

/// The tests of one target, with what else they import.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests",
        exclude: exclude, resources: resources, swiftSettings: swiftSettings)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let instrumentation = Target.Dependency.product(
    name: "Instrumentation", package: "swift-distributed-tracing")
let serviceContext = Target.Dependency.product(
    name: "ServiceContextModule", package: "swift-service-context")
let inMemoryTracing = Target.Dependency.product(
    name: "InMemoryTracing", package: "swift-distributed-tracing")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(
    name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "vectron",
    products: [
        .executable(name: "vectron", targets: ["vectron"]),
        .executable(name: "vectron-simulate", targets: ["vectron-simulate"]),
        .library(name: "VectronClient", targets: ["Client"]),
        .library(name: "Actors", targets: ["Actors"]),
        .library(name: "MessagePack", targets: ["MessagePack"]),
        .library(name: "ZeroMQ", targets: ["ZeroMQ"]),
        .library(name: "HNSW", targets: ["HNSW"]),
        .library(name: "Raft", targets: ["Raft"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-service-context", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.0.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.1.0"),
    ],
    targets: [
        // Bindings
        binding("CZeroMQ", apt: "libzmq3-dev"),
        binding("CLevelDB", apt: "libleveldb-dev"),
        binding("CMessagePack", apt: "libmsgpack-dev"),
        binding("CLinux", apt: "libc6-dev"),
        binding("CZlib", apt: "zlib1g-dev"),
        binding("CSodium", apt: "libsodium-dev"),

        // Foundations
        library("Primitives", in: "Foundations"),
        library("MessagePack", in: "Foundations", ["CMessagePack"]),
        library("ZeroMQ", in: "Foundations", ["CZeroMQ"]),
        library("LevelDB", in: "Foundations", ["CLevelDB"]),
        library("JSON", in: "Foundations"),
        .target(name: "CVectorKernels", path: "Sources/Foundations/CVectorKernels"),
        library("Vectors", in: "Foundations", ["CVectorKernels"]),
        library("Linearizability", in: "Foundations"),

        // Engines
        library(
            "Actors", in: "Engines",
            ["CLinux", "Primitives", "MessagePack", "ZeroMQ", logging, metrics, tracing]),
        library("HNSW", in: "Engines", ["Primitives", "Vectors"]),
        library("Raft", in: "Engines", ["Primitives"]),

        // Protocols
        .target(
            name: "Protocols", dependencies: ["Primitives", "MessagePack", "Vectors"],
            path: "Protocols",
            exclude: [
                "README.md", "replication.md", "actors.md", "bridge.md", "raft-log.md", "Golden",
            ],
            swiftSettings: swiftSettings),

        // Platform
        library(
            "Cluster", in: "Platform",
            [
                "Primitives", "ZeroMQ", "Actors", "Protocols", logging, serviceLifecycle,
                unixSignals, yams,
            ]),
        library(
            "Telemetry", in: "Platform",
            ["Primitives", logging, coreMetrics, instrumentation, serviceContext]),
        library(
            "Replication", in: "Platform", ["Primitives", "Raft", "Actors", "Protocols", logging]),
        library(
            "Storage", in: "Platform",
            [
                "Primitives", "MessagePack", "LevelDB", "HNSW", "Raft", "Vectors", "Protocols",
                logging,
            ]),

        // Services and clients
        library(
            "PlacementDriver", in: "Services",
            [
                "Primitives", "Actors", "Protocols", "Raft", "Replication", "Storage", logging,
                serviceLifecycle,
            ]),
        library(
            "Worker", in: "Services",
            [
                "Primitives", "Vectors", "Actors", "Protocols", "Raft", "Replication", "Storage",
                logging, serviceLifecycle,
            ]),
        library(
            "Gateway", in: "Services",
            [
                "Primitives", "MessagePack", "JSON", "ZeroMQ", "Vectors", "Actors", "Protocols",
                "Telemetry", logging, metrics, serviceContext, serviceLifecycle,
            ]),
        library(
            "Auth", in: "Services",
            [
                "CSodium", "Primitives", "Actors", "Protocols", "Raft", "Replication", "Storage",
                jwtKit, crypto, logging, serviceLifecycle,
            ]),
        library(
            "Client", in: "Clients",
            ["Primitives", "MessagePack", "ZeroMQ", "Vectors", "Actors", "Protocols"]),

        // Faces
        library(
            "REST", in: "Faces",
            [
                "Primitives", "JSON", "MessagePack", "Protocols", "Telemetry", "Gateway", "Vectors",
                hummingbird, hummingbirdCore, httpTypes, nioCore, nioHTTP1, nioHTTPTypes, nioSSL,
                logging,
                serviceLifecycle,
            ]),

        // Commands
        .executableTarget(
            name: "vectron",
            dependencies: [
                "Auth", "CLevelDB", "CMessagePack", "CSodium", "CZeroMQ", "CZlib", "Client",
                "Cluster", "Gateway", "PlacementDriver", "Worker",
                "Actors",
                "Protocols", "Primitives", "Raft", "REST", "Replication", "Storage", "Telemetry",
                "Vectors", logging, serviceLifecycle, argumentParser,
            ],
            path: "Sources/Commands/vectron", swiftSettings: swiftSettings),
        // For tools/bench: here, as it needs what the package keeps to itself; no product has it.
        library("RaftBenchContract", in: "Commands"),
        .executableTarget(
            name: "vectron-raft-bench",
            dependencies: [
                "RaftBenchContract", "Client", "Replication", "Storage", "Actors", "Raft",
                "LevelDB", "Protocols", "Primitives", logging, unixSignals, argumentParser,
            ],
            path: "Sources/Commands/vectron-raft-bench", swiftSettings: swiftSettings),
        .executableTarget(
            name: "vectron-gateway-bench",
            dependencies: [
                "Client", "Actors", "MessagePack", "Primitives", "Protocols", "ZeroMQ", hummingbird,
                httpTypes, nioCore, logging, argumentParser,
            ],
            path: "Sources/Commands/vectron-gateway-bench", swiftSettings: swiftSettings),
        .executableTarget(
            name: "vectron-simulate",
            dependencies: [
                "Linearizability", "PlacementDriver", "Primitives", "Protocols", "Raft",
                "Replication",
                "Storage", "Vectors", "Worker", argumentParser,
            ],
            path: "Sources/Commands/vectron-simulate", swiftSettings: swiftSettings),

        // Tests
        .target(name: "Fixtures", path: "Tests/Support/Fixtures", swiftSettings: swiftSettings),
        tests("Primitives", ["Primitives"]),
        tests("MessagePack", ["MessagePack", "CMessagePack"], resources: [.copy("Golden")]),
        tests("ZeroMQ", ["ZeroMQ"]),
        tests("JSON", ["JSON", "Primitives"]),
        tests("Telemetry", ["Telemetry", coreMetrics, logging]),
        tests("LevelDB", ["LevelDB", "Fixtures"]),
        tests("Vectors", ["Fixtures", "Vectors", "Primitives"]),
        tests("Linearizability", ["Linearizability", "Primitives"]),
        tests("Simulation", ["vectron-simulate", "Primitives", "Raft", "Replication"]),
        tests("HNSW", ["Fixtures", "HNSW", "Vectors", "Primitives"]),
        tests("Raft", ["Raft", "Primitives"], exclude: ["Scripts"]),
        tests(
            "Actors",
            [
                "Actors", "MessagePack", "ZeroMQ", "Primitives", logging, metrics, metricsTestKit,
                tracing, inMemoryTracing,
            ], resources: [.copy("Golden")]),
        tests("Tidy", []),
        tests("Protocols", ["Protocols", "MessagePack", "Primitives", "Vectors"]),
        tests(
            "PlacementDriver",
            ["PlacementDriver", "Storage", "Protocols", "Primitives", "Vectors"]),
        tests(
            "Auth",
            [
                "Fixtures", "Auth", "Actors", "Protocols", "Primitives", "Raft", "Replication",
                "Storage", crypto, jwtKit, logging, serviceLifecycle,
            ]),
        tests(
            "Storage",
            [
                "Fixtures", "Storage", "LevelDB", "Protocols", "Primitives", "Raft", "Vectors",
                logging,
            ]),
        tests(
            "Replication", ["Replication", "Actors", "Primitives", "Protocols", "Raft", logging]),
        tests(
            "Worker",
            [
                "Fixtures", "Worker", "Actors", "Raft", "Replication", "Storage", "Protocols",
                "Primitives", "Vectors", logging,
            ]),
        tests(
            "Gateway",
            [
                "Gateway", "Actors", "MessagePack", "Primitives", "Protocols", "Telemetry",
                "Vectors",
                "ZeroMQ", logging, serviceLifecycle,
            ]),
        tests(
            "REST",
            [
                "REST", "Gateway", "Telemetry", "Actors", "Primitives", "Protocols", "Vectors",
                logging,
                serviceLifecycle,
            ]),
        tests(
            "Client",
            [
                "Fixtures", "Client", "Gateway", "PlacementDriver", "Worker", "Actors", "Protocols",
                "Primitives", "Vectors", "ZeroMQ", logging,
            ]),
        tests(
            "Cluster",
            [
                "Fixtures", "vectron", "Cluster", "Client", "Actors", "Primitives", "Protocols",
                "Vectors", "ZeroMQ",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzing binary has no `main` of its own (libFuzzer brings it), so no plain build knows it:
// `tools/fuzz` sets the variable and builds it in a scratch folder of its own.
if Context.environment["VECTRON_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "vectron-fuzz",
            dependencies: [
                "Actors", "Cluster", "Gateway", "HNSW", "JSON", "MessagePack", "PlacementDriver",
                "Primitives", "Protocols", "Raft", "Replication", "Storage", "Vectors",
            ],
            path: "tools/fuzzing/Sources", swiftSettings: swiftSettings))
}
