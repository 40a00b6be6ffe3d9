// swift-tools-version: 6.1
import PackageDescription

// Times the device runtime; `Benchmarks/device` builds it and sets its figures beside those of ONNX Runtime and PyTorch.
let device: [Target.Dependency] = [
    .product(name: "MetaNetwork", package: "MetaNetwork"),
    .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
]
let package = Package(
    name: "DeviceBenchmark",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "MetaNetwork", path: "../..")],
    targets: [
        .executableTarget(name: "device-benchmark", dependencies: device),
        .executableTarget(name: "steady", dependencies: device),
        // The same program without and with the runtime, and without and with the client: the difference is what it adds to an app.
        .executableTarget(name: "size-without"),
        .executableTarget(name: "size-with", dependencies: device),
        .executableTarget(
            name: "size-with-client",
            dependencies: [.product(name: "MetaNetworkClient", package: "MetaNetwork")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
