import MetaNetworkServing
import Testing

@testable import metanetwork

@Suite("Misspelled commands")
struct MisspelledCommandTests {
    @Test(
        "of a word in place of a command the nearest command is named, as deep as commands go",
        arguments: [
            (["traim"], "there is no command 'traim'; did you mean 'train'?"),
            (["traim", "--data", "x.csv"], "there is no command 'traim'; did you mean 'train'?"),
            (["data", "chek", "x.csv"], "there is no command 'data chek'; did you mean 'data check'?"),
            (["Compare"], "there is no command 'Compare'; did you mean 'compare'?"),
        ]
    )
    func near(arguments: [String], expected: String) {
        #expect(Metanetwork.correction(of: arguments) == expected)
    }

    @Test(
        "nothing is guessed of commands that are there, of their flags and values, and of words far from all commands",
        arguments: [
            [], ["train"], ["train", "--epocs", "3"], ["data", "check", "chek"], ["nonsense"], ["--help"],
            ["data", "-q"],
            // A command that nobody is shown is not proposed.
            ["starts"],
        ]
    )
    func far(arguments: [String]) {
        #expect(Metanetwork.correction(of: arguments) == nil)
    }
}
