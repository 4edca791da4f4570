// swift-tools-version: 6.1
import PackageDescription

// Kernels are the one target built without preconditions: its callers prove
// every bound first (see Sources/Kernels/README.md). The processor level is
// what makes a fused multiply-add one instruction instead of a call, the
// builtin module what makes it one for eight lanes.
// With GRADUS_PORTABLE in the environment nothing about the processor is assumed.
#if arch(x86_64)
let isPortable = Context.environment["GRADUS_PORTABLE"] != nil
#else
let isPortable = true
#endif
let kernelSettings: [SwiftSetting] =
  isPortable
  ? [.unsafeFlags(["-Ounchecked"]), .define("GRADUS_PORTABLE")]
  : [.unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v3"]), .enableExperimentalFeature("BuiltinModule")]

// Checks of exclusive access were the main cost of walking graphs and trees; single-threaded use is the session's rule.
let graphSettings: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"])]

let package = Package(
  name: "gradus",
  products: [.executable(name: "gradus", targets: ["gradus"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
  ],
  targets: [
    .target(name: "Kernels", exclude: ["README.md"], swiftSettings: kernelSettings),
    .target(name: "Tensors", dependencies: ["Kernels"], exclude: ["README.md"], swiftSettings: graphSettings),
    .target(name: "Charts", exclude: ["README.md"]),
    .target(name: "Files", exclude: ["README.md"]),
    .target(name: "Syntax", exclude: ["README.md"], swiftSettings: graphSettings),
    .target(
      name: "Language",
      dependencies: [
        "Kernels", "Tensors", "Charts", "Files", "Syntax", .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      exclude: ["README.md"], swiftSettings: graphSettings),
    .target(name: "Library", dependencies: ["Syntax"], exclude: ["README.md"], plugins: ["EmbedSources"]),
    .target(name: "Lessons", dependencies: ["Language", "Syntax", "Charts", "Files"], exclude: ["README.md"]),
    .target(name: "CLineEditor", exclude: ["README.md"], linkerSettings: [.linkedLibrary("edit")]),
    .target(name: "Shell", dependencies: ["CLineEditor", "Kernels", "Language", "Syntax", "Charts", "Files"], exclude: ["README.md"]),
    .executableTarget(
      name: "gradus",
      dependencies: [
        "Kernels", "Language", "Library", "Lessons", "Shell", "Syntax", "Charts", "Files",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"],
      // A static binary starts three times as fast. The last two are libraries that the static Foundation stands on.
      linkerSettings: [
        .unsafeFlags(["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"], .when(platforms: [.linux]))
      ]),

    .plugin(name: "EmbedSources", capability: .buildTool(), dependencies: ["embed-sources"], path: "Sources/EmbedSources/Plugin"),
    .executableTarget(name: "embed-sources", path: "Sources/EmbedSources/Tool"),

    .testTarget(name: "KernelsTests", dependencies: ["Kernels"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "Kernels"], exclude: ["ReferenceValues"]),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"]),
    .testTarget(name: "FilesTests", dependencies: ["Files"]),
    .testTarget(name: "SyntaxTests", dependencies: ["Syntax", "Library"]),
    .testTarget(name: "LanguageTests", dependencies: ["Language", "Library", "Syntax", "Charts", "Tensors"], exclude: ["Page"]),
    .testTarget(name: "LibraryTests", dependencies: ["Language", "Library", "Syntax", "Charts"], exclude: ["ReferenceValues"]),
    .testTarget(name: "LessonsTests", dependencies: ["Lessons", "Language", "Library", "Syntax", "Charts"]),
    // Runs the built program in a pseudo-terminal, too.
    .testTarget(name: "ShellTests", dependencies: ["Shell", "Language", "Library", "Syntax"]),
    // Runs the built program as a process; linking it here would make the tests static, too.
    .testTarget(name: "CommandTests"),
    // Random programs, run by the tests a little and by hand a lot.
    .executableTarget(name: "fuzz", dependencies: ["Kernels", "Language", "Library", "Syntax"], path: "Tests/Fuzz"),
  ],
  swiftLanguageModes: [.v6]
)
