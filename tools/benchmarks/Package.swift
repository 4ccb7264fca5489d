// swift-tools-version: 6.1
import PackageDescription

// Benchmarks nest in a package of their own, so that what they depend on never reaches the product.

/// What every target is built with.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "vectron-benchmarks",
    dependencies: [
        .package(name: "vectron", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .target(name: "EchoContract", swiftSettings: swiftSettings),
        .executableTarget(
            name: "actors-bench",
            dependencies: [
                "EchoContract",
                .product(name: "Actors", package: "vectron"),
                .product(name: "ZeroMQ", package: "vectron"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "messagepack-bench",
            dependencies: [.product(name: "MessagePack", package: "vectron")],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "index-bench",
            dependencies: [.product(name: "HNSW", package: "vectron")]),
    ],
    swiftLanguageModes: [.v6]
)
