import Foundation
import PackagePlugin

/// Makes the JSON, scripts and styles of a target constants of it: `EmbeddedTexts.name_extension`. Lines end with a line feed.
///
/// SwiftPM's own `embedInCode` writes an array with a number per byte, which costs the optimizer a second per 6,000 bytes. A text costs it
/// nothing.
@main
struct EmbedTexts: BuildToolPlugin {
    private static let extensions: Set = ["css", "js", "json", "py", "sql"]
    /// The line end before the closing delimiter is not part of a literal.
    private static let script = #####"""
        out="$1"; shift
        {
            echo 'enum EmbeddedTexts {'
            for file in "$@"; do
                name=$(basename "$file" | tr -c 'A-Za-z0-9\n' _)
                printf 'static let %s = ####"""\n' "$name"
                cat "$file"
                printf '\n"""####\n'
            done
            echo '}'
        } > "$out.new"
        mv "$out.new" "$out"
        """#####

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let files = (target.sourceModule?.sourceFiles.map(\.url) ?? []).filter {
            Self.extensions.contains($0.pathExtension)
        }
        let output = context.pluginWorkDirectoryURL.appendingPathComponent("EmbeddedTexts.swift")
        return [
            .buildCommand(
                displayName: "Embedding the texts of \(target.name)",
                executable: URL(fileURLWithPath: "/bin/sh"),
                arguments: ["-euc", Self.script, "embed", output.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output]
            )
        ]
    }
}
