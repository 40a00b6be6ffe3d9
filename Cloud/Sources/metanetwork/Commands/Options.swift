import ArgumentParser
import Foundation
import MetaNetworkData

/// What every command prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print results and errors only, no progress.")
    var quiet = false

    /// Prints a value as JSON with sorted keys.
    func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Progress goes to standard error, and nowhere with `--quiet` or `--json`.
    var progress: ProgressReporter { ProgressReporter(isQuiet: quiet || json) }
}

/// Names of the columns of a file with a header.
struct ColumnOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Name of the column with users.", valueName: "name"))
    var userColumn: String?

    @Option(help: ArgumentHelp("Name of the column with items.", valueName: "name"))
    var itemColumn: String?

    @Option(help: ArgumentHelp("Name of the column with times, in seconds.", valueName: "name"))
    var timeColumn: String?
}

/// What is to be learned, and of which columns or images.
struct EpisodeDataOptions: ParsableArguments {
    @Option(help: "What is learned: ranking, classification, regression or images (default: ranking).")
    var task: String?

    @Option(
        help: "With images, the shifts that devices have: rotation, blur, noise, contrast, stroke, skew (default: all)."
    )
    var shifts: String?

    @Option(
        help: ArgumentHelp(
            "With classification and regression, the column with devices (default: device).",
            valueName: "name"
        )
    )
    var deviceColumn: String?

    @Option(
        help: ArgumentHelp(
            "The column with the class (default: class), or those with the numbers to predict (default: target).",
            valueName: "names"
        )
    )
    var targetColumns: String?

    @Option(help: ArgumentHelp("The columns with features (default: all others).", valueName: "names"))
    var featureColumns: String?

    @Option(help: "Rows of a device from one window to the next (default: half a window).")
    var stride: Int?

    static let keys = ["task", "shifts", "device-column", "target-columns", "feature-columns", "stride"]

    var flags: [String: String?] {
        [
            "task": task, "shifts": shifts, "device-column": deviceColumn, "target-columns": targetColumns,
            "feature-columns": featureColumns, "stride": stride.map(String.init),
        ]
    }
}

/// Settings that name the data; each may also stand in the configuration file or the environment.
struct DataOptions: ParsableArguments {
    @Option(
        help: """
            A data set (see `metanetwork data list`), a file (.inter, .csv, .tsv, or "user item" lines), or events:FILE, the \
            samples that devices shared with `metanetwork serve --events FILE`. For --task images mnist-5k, a CSV file of \
            pixels with the class last, a folder of IDX files, or one of PNG files with one sub-folder a class.
            """
    )
    var data: String?

    @Option(help: ArgumentHelp("Model whose shared samples are read (default: the only one).", valueName: "name"))
    var eventsModel: String?

    @Option(help: "Drop users and items with fewer interactions, again and again (default: 5).")
    var kCore: Int?

    @OptionGroup var columns: ColumnOptions
    @OptionGroup var devices: EpisodeDataOptions

    static let keys =
        ["data", "events-model", "k-core", "user-column", "item-column", "time-column"] + EpisodeDataOptions.keys

    var flags: [String: String?] {
        [
            "data": data, "events-model": eventsModel, "k-core": kCore.map(String.init),
            "user-column": columns.userColumn,
            "item-column": columns.itemColumn, "time-column": columns.timeColumn,
        ].merging(devices.flags) { first, _ in first }
    }
}

/// Settings of the model and its training; each may also stand in the configuration file or the environment.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Most epochs (default: 30).")
    var epochs: Int?

    @Option(help: "Most training positions of a step (default: 512).")
    var batch: Int?

    @Option(help: "Width of embeddings and layers of a shipped model (default: 32).")
    var width: Int?

    @Option(help: "Device window: interactions that the device model reads (default: 10).")
    var window: Int?

    @Option(help: "Recent samples that the generator reads (default: 50 interactions, or 16 vectors or images).")
    var generatorWindow: Int?

    @Option(help: "Width of the generator's encoder (default: 32).")
    var generatorWidth: Int?

    @Option(help: "Width of each dynamic layer's code (default: 16).")
    var rank: Int?

    @Option(help: "Candidates M of the MetaStabilizer (default: 5).")
    var candidates: Int?

    @Option(help: "Temperature of the MetaStabilizer's softmax (default: 1).")
    var temperature: Double?

    @Option(help: "What the MetaStabilizer compares: rows or whole tensors (default: rows).")
    var similarity: String?

    @Option(help: "Training negatives of each positive (default: 4).")
    var negatives: Int?

    @Option(help: "Adam's step size (default: 0.001).")
    var learningRate: Double?

    @Option(help: "Largest norm of the gradient (default: 5).")
    var clipNorm: Double?

    @Option(help: "Stop after so many epochs without a better validation; 0 never does (default: 10).")
    var patience: Int?

    @Option(help: "Threads of LibTorch (default: all cores; 1 repeats bit for bit).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Settings in YAML or TOML; flags override METANETWORK_… override the file.",
            valueName: "file"
        )
    )
    var config: String?

    static let keys = [
        "epochs", "batch", "width", "window", "generator-window", "generator-width", "rank", "candidates",
        "temperature", "similarity", "negatives", "learning-rate", "clip-norm", "patience", "threads",
    ]

    var flags: [String: String?] {
        [
            "epochs": epochs.map(String.init), "batch": batch.map(String.init), "width": width.map(String.init),
            "window": window.map(String.init), "generator-window": generatorWindow.map(String.init),
            "generator-width": generatorWidth.map(String.init), "rank": rank.map(String.init),
            "candidates": candidates.map(String.init), "temperature": temperature.map { "\($0)" },
            "similarity": similarity, "negatives": negatives.map(String.init),
            "learning-rate": learningRate.map { "\($0)" }, "clip-norm": clipNorm.map { "\($0)" },
            "patience": patience.map(String.init), "threads": threads.map(String.init),
        ]
    }
}
