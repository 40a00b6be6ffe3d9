// swift-tools-version: 6.1
import PackageDescription

// The device side: what an app adds by the repository's address. It needs no set-up and no library that is not here.
let package = Package(
    name: "MetaNetwork",
    platforms: [.macOS(.v13), .iOS(.v16), .watchOS(.v9), .tvOS(.v16), .visionOS(.v1)],
    products: [
        .library(name: "MetaNetwork", targets: ["MetaNetwork"]),
        .library(name: "MetaNetworkDevice", targets: ["MetaNetworkDevice"]),
        .library(name: "MetaNetworkClient", targets: ["MetaNetworkClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")
    ],
    targets: [
        .target(
            name: "MetaNetwork",
            exclude: ["README.md", "Architecture/README.md"],
            swiftSettings: settings,
            // `squareRoot()` is C's there; whoever links Foundation gets it anyway.
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]
        ),
        .target(name: "CWideLanes", exclude: ["README.md"]),
        .target(
            name: "MetaNetworkDevice",
            dependencies: ["MetaNetwork", "CWideLanes"],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkClient",
            dependencies: [
                "MetaNetwork", "MetaNetworkDevice",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            // What the SDK asks of a system and collects; joins an app's privacy report.
            resources: [.copy("Resources/PrivacyInfo.xcprivacy")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkTests",
            dependencies: ["MetaNetwork"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkDeviceTests",
            dependencies: ["MetaNetworkDevice", "MetaNetwork"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkClientTests",
            dependencies: [
                "MetaNetworkClient", "MetaNetworkDevice", "MetaNetwork",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

var settings: [SwiftSetting] {
    [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
}
