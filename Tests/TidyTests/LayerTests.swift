import Testing

/// The layers of ARCHITECTURE.md, the lowest first.
private enum Layer: Int, CaseIterable {
    case bindings, foundations, engines, protocols, platform, services, faces, commands

    /// The folders whose sub-folders are this layer's targets.
    var folders: [String] {
        switch self {
        case .bindings: ["Sources/Bindings/"]
        case .foundations: ["Sources/Foundations/"]
        case .engines: ["Sources/Engines/"]
        case .protocols: ["Protocols/"]
        case .platform: ["Sources/Platform/"]
        case .services: ["Sources/Services/", "Sources/Clients/"]
        case .faces: ["Sources/Faces/"]
        case .commands: ["Sources/Commands/"]
        }
    }
}

/// Where each of our modules is.
private let modules: [String: Layer] = [
    "CZeroMQ": .bindings, "CMessagePack": .bindings, "CLevelDB": .bindings, "CLinux": .bindings,
    "CZlib": .bindings, "CSodium": .bindings,
    "Primitives": .foundations, "MessagePack": .foundations, "ZeroMQ": .foundations,
    "LevelDB": .foundations, "JSON": .foundations, "Vectors": .foundations,
    "Linearizability": .foundations,
    "Actors": .engines, "HNSW": .engines, "Raft": .engines,
    "Protocols": .protocols,
    "Cluster": .platform, "Storage": .platform, "Replication": .platform, "Telemetry": .platform,
    "PlacementDriver": .services, "Worker": .services, "Gateway": .services, "Client": .services,
    "REST": .faces,
    "Auth": .services,
]

/// Parts of a module that are targets of their own: because they are in C, or for the compiler's sake.
private let privateParts = [
    "Vectors": ["CVectorKernels"], "vectron-raft-bench": ["RaftBenchContract"],
]

/// What belongs to the toolchain.
private let toolchain: Set<String> = [
    "Swift", "Foundation", "FoundationEssentials", "FoundationNetworking", "Synchronization",
    "Distributed", "Glibc",
    "Dispatch",
]

/// What may be used of third parties, and from which layer on.
private let packages: [String: Layer] = [
    "Logging": .engines, "Metrics": .engines, "CoreMetrics": .engines, "Tracing": .engines,
    "Instrumentation": .engines, "ServiceContextModule": .engines,
    "ServiceLifecycle": .platform, "UnixSignals": .platform, "Yams": .platform,
    "Hummingbird": .faces, "HummingbirdCore": .faces,
    "HTTPTypes": .faces, "NIOCore": .faces, "NIOHTTP1": .faces, "NIOHTTPTypes": .faces,
    "NIOSSL": .faces,
    "JWTKit": .services, "Crypto": .services, "ArgumentParser": .commands,
]

@Suite struct `The layers` {
    private static let files: [SourceTree.File] =
        (try? SourceTree.swiftFiles(below: "Sources", "Protocols")) ?? []

    private func place(of file: SourceTree.File) -> (layer: Layer, module: String)? {
        for layer in Layer.allCases {
            for folder in layer.folders where file.path.hasPrefix(folder) {
                if layer == .protocols { return (layer, "Protocols") }
                let rest = file.path.dropFirst(folder.count)
                return (layer, String(rest.prefix { $0 != "/" }))
            }
        }
        return nil
    }

    @Test func `hold every source file`() {
        #expect(Self.files.count > 100)
        for file in Self.files {
            #expect(place(of: file) != nil, "\(file.path) is in no layer")
        }
    }

    @Test(arguments: files) func `are imported downwards only`(file: SourceTree.File) throws {
        let (layer, module) = try #require(place(of: file))
        for name in file.imports where name != module {
            if toolchain.contains(name) || privateParts[module]?.contains(name) == true { continue }
            if let imported = modules[name] {
                #expect(
                    imported.rawValue < layer.rawValue,
                    "\(file.path) imports \(name), which is not below it")
            } else {
                let lowest = try #require(
                    packages[name], "\(file.path) imports \(name), which the layers do not know")
                #expect(
                    lowest.rawValue <= layer.rawValue,
                    "\(file.path) imports \(name), which belongs at the edges")
            }
        }
    }

    @Test func `keep blocking and third-party code out of what is simulated`() {
        // Pure files decide; a clock, a task or a file in one of them breaks replay.
        let pure = Self.files.filter { file in
            [
                "AssociationStateMachine", "Handshake.swift", "Catalog/Catalog", "PlacementPolicy",
                "Auth/State/",
                "ShardStateMachine", "ShardCommand",
            ].contains { file.path.contains($0) }
        }
        #expect(pure.count >= 6)
        for file in pure {
            for word in ["Task {", "Task(", "await ", ".now", ".random(", "FileManager"] {
                #expect(!file.text.contains(word), "\(file.path) contains \(word)")
            }
        }
    }
}
