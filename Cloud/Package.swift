// swift-tools-version: 6.1
import PackageDescription

// The cloud side: training, evaluation and the tool. LibTorch lies in ../.deps, put there by `make setup`.
let libTorch = "\(Context.packageDirectory)/../.deps/libtorch"

// What `make` says that is built; `--version` prints it.
let commit = Context.environment["METANETWORK_COMMIT"] ?? ""

let package = Package(
    name: "MetaNetworkCloud",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "metanetwork", targets: ["metanetwork"]),
        .executable(name: "metanetwork-serve", targets: ["metanetwork-serve"]),
        .library(name: "MetaNetworkTraining", targets: ["MetaNetworkTraining"]),
        .library(name: "MetaNetworkData", targets: ["MetaNetworkData"]),
    ],
    // The versions of swift-packages.txt, for nobody depends on this package: what is built elsewhere is what was tested.
    dependencies: [
        .package(name: "MetaNetwork", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    ],
    targets: [
        .plugin(name: "EmbedTexts", capability: .buildTool()),
        .target(
            name: "CTorch",
            exclude: ["declarations/README.md"],
            cxxSettings: [
                .headerSearchPath("declarations"),
                // LibTorch's headers then declare only the operations that a file includes: a third less to parse.
                .define("AT_PER_OPERATOR_HEADERS"),
                // -O2: its loops are the speed of training, in the tests' debug build too.
                .unsafeFlags([
                    "-O2", "-isystem", "\(libTorch)/include", "-isystem", "\(libTorch)/include/torch/csrc/api/include",
                ]),
                // Full debug information would describe all of LibTorch's types.
                .unsafeFlags(["-gline-tables-only"], .when(configuration: .release)),
                // Before all else, so that who has not set up LibTorch is told so.
                .unsafeFlags(["-include", "\(Context.packageDirectory)/Sources/CTorch/set_up.h"]),
            ],
            linkerSettings: [
                .unsafeFlags(["-L\(libTorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libTorch)/lib"]),
                .linkedLibrary("torch_cpu"),
                .linkedLibrary("c10"),
            ]
        ),
        .target(name: "Torch", dependencies: ["CTorch"], exclude: ["README.md"], swiftSettings: settings),
        .systemLibrary(
            name: "CPNG",
            pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        .systemLibrary(
            name: "CPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(
            name: "MetaNetworkGzip",
            dependencies: ["CZlib"],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkData",
            dependencies: [
                "MetaNetworkGzip",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings,
            plugins: ["EmbedTexts"]
        ),
        .target(
            name: "MetaNetworkPNG",
            dependencies: ["CPNG", "MetaNetworkData"],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkSettings",
            dependencies: [
                "MetaNetworkData",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkGenerators",
            dependencies: [.product(name: "MetaNetwork", package: "MetaNetwork")],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkModels",
            dependencies: [
                "Torch", "MetaNetworkData", "MetaNetworkGenerators",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkTraining",
            dependencies: [
                "Torch", "MetaNetworkData", "MetaNetworkModels",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkBundles",
            dependencies: [
                "MetaNetworkData", "MetaNetworkGenerators",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkPublishing",
            dependencies: [
                "Torch", "MetaNetworkBundles", "MetaNetworkData", "MetaNetworkGenerators", "MetaNetworkModels",
                "MetaNetworkTraining",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkFederated",
            dependencies: [
                "Torch", "MetaNetworkData", "MetaNetworkModels", "MetaNetworkTraining",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkCollaboration",
            dependencies: [
                "Torch", "MetaNetworkData", "MetaNetworkModels", "MetaNetworkTraining",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "CRelease",
            cSettings: commit.isEmpty ? [] : [.define("METANETWORK_COMMIT", to: commit)]
        ),
        .target(name: "MetaNetworkMarkup", exclude: ["README.md"], swiftSettings: settings),
        .target(
            name: "MetaNetworkServer",
            dependencies: [
                "CPQ", "MetaNetworkGzip", "MetaNetworkMarkup",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings,
            plugins: ["EmbedTexts"]
        ),
        .target(
            name: "MetaNetworkServing",
            dependencies: [
                "CRelease", "MetaNetworkBundles", "MetaNetworkData", "MetaNetworkMarkup", "MetaNetworkServer",
                "MetaNetworkSettings",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "metanetwork-serve",
            dependencies: [
                "MetaNetworkServing", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkExperiments",
            dependencies: [
                "MetaNetworkData", "MetaNetworkGenerators", "MetaNetworkModels", "MetaNetworkTraining",
                "MetaNetworkBundles", "MetaNetworkPNG", "MetaNetworkPublishing", "MetaNetworkCollaboration",
                "MetaNetworkFederated", "MetaNetworkSettings",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkClient", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings,
            plugins: ["EmbedTexts"]
        ),
        .target(
            name: "MetaNetworkReports",
            dependencies: [
                "MetaNetworkExperiments", "MetaNetworkMarkup",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings,
            plugins: ["EmbedTexts"]
        ),
        .executableTarget(
            name: "metanetwork",
            dependencies: [
                "MetaNetworkData", "MetaNetworkModels", "MetaNetworkTraining", "MetaNetworkBundles",
                "MetaNetworkFederated", "MetaNetworkCollaboration", "MetaNetworkExperiments",
                "MetaNetworkMarkup", "MetaNetworkPNG", "MetaNetworkPublishing", "MetaNetworkReports",
                "MetaNetworkServer",
                "MetaNetworkServing", "MetaNetworkSettings", "Torch",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkClient", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(name: "TestRanks", dependencies: ["Torch"], path: "Tests/TestRanks", swiftSettings: settings),
        .testTarget(name: "TorchTests", dependencies: ["TestRanks", "Torch"], swiftSettings: settings),
        .testTarget(
            name: "MetaNetworkDataTests",
            dependencies: ["MetaNetworkData", "MetaNetworkGzip", "MetaNetworkPNG"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkTrainingTests",
            dependencies: [
                "MetaNetworkGenerators", "MetaNetworkPublishing", "MetaNetworkServing", "MetaNetworkServer",
                "MetaNetworkTraining", "MetaNetworkData", "MetaNetworkModels", "MetaNetworkBundles",
                "MetaNetworkCollaboration", "TestRanks", "Torch",
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkFederatedTests",
            dependencies: [
                "MetaNetworkFederated", "MetaNetworkData", "MetaNetworkModels", "MetaNetworkPNG", "MetaNetworkTraining",
                "TestRanks", "Torch",
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkServerTests",
            dependencies: [
                "MetaNetworkGzip", "MetaNetworkMarkup", "MetaNetworkServer",
                .product(name: "MetaNetworkClient", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkExperimentsTests",
            dependencies: [
                "MetaNetworkBundles", "MetaNetworkGenerators", "MetaNetworkPNG", "MetaNetworkPublishing",
                "MetaNetworkSettings",
                "MetaNetworkExperiments", "MetaNetworkData", "MetaNetworkFederated", "MetaNetworkModels",
                "MetaNetworkTraining", "Torch",
                .product(name: "MetaNetworkClient", package: "MetaNetwork"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkReportsTests",
            dependencies: [
                "MetaNetworkReports", "MetaNetworkExperiments", "MetaNetworkMarkup",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkToolTests",
            dependencies: [
                "metanetwork-serve", "MetaNetworkGenerators", "MetaNetworkPNG", "MetaNetworkPublishing",
                "MetaNetworkServing", "MetaNetworkSettings",
                "metanetwork", "MetaNetworkBundles", "MetaNetworkData", "MetaNetworkExperiments",
                "MetaNetworkFederated",
                "MetaNetworkMarkup", "MetaNetworkModels", "MetaNetworkTraining", "MetaNetworkServer", "Torch",
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkClient", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
                .product(name: "MetaNetworkWire", package: "MetaNetwork"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

var settings: [SwiftSetting] {
    [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
}
