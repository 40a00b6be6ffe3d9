package metanetwork.client;

import java.nio.file.Path;

/** Runs all tests; the first argument is the checkout. */
public final class AllTests {
    private AllTests() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) Exchange.root = Path.of(arguments[0]);
        ForgeryTests forgeries = new ForgeryTests();
        ReleaseTests releases = new ReleaseTests();
        boolean passed = Check.passes("manifests and their files", GoldenTests::manifestsAreSignedAndFilesAreTheirs)
            & Check.passes("a version with a basis", GoldenTests::aVersionWithABasisIsRead)
            & Check.passes("recorded weights pass every check", GoldenTests::personalWeightsPassEveryCheck)
            & Check.passes("requests, tokens, problems", GoldenTests::requestsTokensAndProblemsAreThoseOfTheService)
            & Check.passes("forged signatures are refused", forgeries::signatures)
            & Check.passes("paths of digests", forgeries::aPathHas32StepsAtMostAndEachNeighbourStandsOnOneOfTwoSides)
            & Check.passes("forged contents are refused", forgeries::contents)
            & Check.passes("honest answers are used", forgeries::honestOnesAreUsedAloneAndTogetherInBothLabels)
            & Check.passes("keys rotate, and are keys", forgeries::keysRotateAndAreKeys)
            & Check.passes("no damage ends the app", forgeries::noDamageEndsTheApp)
            & Check.passes("forged statements of publishers", releases::forgedOnesAreRefused)
            & Check.passes("keys of publishers", releases::whatWasTakenIsGoodOfflineAndKeysRotate)
            & Check.passes("keys of devices", DeviceKeyTests::theIdFollowsFromTheKeyAndAProofIsWhatOthersMakeAndVerify)
            & Check.passes("proofs count upwards", DeviceKeyTests::proofsCountUpwardsWhateverTheClockSaysAndAfterTheKeyWasKept)
            & Check.passes("what is no key", DeviceKeyTests::whatWasKeptAndIsNoKeyIsRefused)
            & Check.passes("requests with proofs", DeviceKeyTests::aRequestForATokenBearsAProofOrTheIdAlone)
            & Check.passes("what is no challenge", DeviceKeyTests::whatIsNoChallengeIsRefused)
            & Check.passes("refused proofs", DeviceKeyTests::refusalsOfProofsAreToldByTheirWord)
            & Check.passes("headers of weights", WeightTests::headersThatBreakARuleAreRefused)
            & Check.passes("norms of vectors", WeightTests::aPersonalVectorIsBoundedByTheGlobalOneOrByOneOfOnes)
            & Check.passes("sizes of questions", WeightTests::aQuestionIsNoLargerThanAServiceReads)
            & Check.passes("fields of a manifest", ManifestTests::fieldsAreCheckedAndCoveredByTheVersion)
            & Check.passes("files of a manifest", ManifestTests::filesHavePlainNamesAndTheirOwnRoles)
            & Check.passes("the version", ManifestTests::theVersionIsWhatAnyOtherImplementationComputes)
            & Check.passes("numbers in canonical form", ManifestTests::numbersAreThoseThatSwiftPrints)
            & Check.passes("what is no JSON", ManifestTests::whatIsNoJsonIsRefused)
            & Check.passes("vocabularies", ManifestTests::vocabulariesAreReadAsTrainingWroteThem)
            & Check.passes("weights", ManifestTests::weightsAreThoseOfThePythonPackageBitForBit);
        System.out.println((passed ? "passed, " : "FAILED, ") + Check.count() + " checks");
        if (!passed) System.exit(1);
    }
}
