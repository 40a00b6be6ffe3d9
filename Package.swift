// swift-tools-version: 6.1
import PackageDescription

// The device side: what an app adds by the repository's address. It needs no set-up and no library that is not here.
let package = Package(
    name: "MetaNetwork",
    platforms: [.macOS(.v13), .iOS(.v16), .watchOS(.v9), .tvOS(.v16), .visionOS(.v1)],
    products: [
        .library(name: "MetaNetwork", targets: ["MetaNetwork"]),
        .library(name: "MetaNetworkDevice", targets: ["MetaNetworkDevice"]),
        .library(name: "MetaNetworkWire", targets: ["MetaNetworkWire"]),
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
            name: "MetaNetworkWire",
            dependencies: ["MetaNetwork"],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "MetaNetworkClient",
            dependencies: [
                "MetaNetwork", "MetaNetworkDevice", "MetaNetworkWire",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            // What the SDK asks of a system and collects; joins an app's privacy report.
            resources: [.copy("Resources/PrivacyInfo.xcprivacy")],
            swiftSettings: settings
        ),
        // No product: an example, which compiles and is tested with the rest.
        .target(
            name: "Films",
            dependencies: ["MetaNetworkClient"],
            path: "Examples/Films/Sources/Films",
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
            name: "MetaNetworkWireTests",
            dependencies: ["MetaNetworkWire", "MetaNetwork"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MetaNetworkClientTests",
            dependencies: [
                "MetaNetworkClient", "MetaNetworkWire", "MetaNetworkDevice", "MetaNetwork", "Films",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

#if compiler(>=6.3)
// Functions of C with a header of one's own, which the compiler compares with it.
package.products.append(.library(name: "MetaNetworkDeviceC", type: .dynamic, targets: ["MetaNetworkDeviceC"]))
package.targets += [
    .target(name: "CMetaNetworkDevice", exclude: ["README.md"]),
    .target(
        name: "MetaNetworkDeviceC",
        dependencies: ["CMetaNetworkDevice", "MetaNetworkDevice", "MetaNetwork"],
        exclude: ["README.md"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "MetaNetworkDeviceCTests",
        dependencies: ["MetaNetworkDeviceC", "CMetaNetworkDevice", "MetaNetworkDevice", "MetaNetwork"],
        exclude: ["rank.c", "rank.py"],
        swiftSettings: settings
    ),
]
#endif

var settings: [SwiftSetting] {
    [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
}
