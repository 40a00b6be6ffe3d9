"""Manifests, versions and vocabularies."""
import json
import unittest
from hashlib import sha256

import numpy as np

from metanetwork_client import ClientError, Limits, Unusable
from metanetwork_client.bundle.manifest import read_manifest
from metanetwork_client.bundle.vocabulary import Vocabulary
from metanetwork_client.personal.base_model import BaseModel
from metanetwork_client.wire.json_text import JSONError, canonical, parse
from tests.support import MODEL, Bundle, changed, gestures, phone, ranker, seal

BAD = [-1, 0, (1 << 63) - 1, -(1 << 63), 1 << 62, 1e300, 0.5, "text", [], None, "missing"]
VALUES = BAD + [1, 2, 4096, 4097, 10_000, 10_001, 1 << 20, (1 << 20) + 1, 1 << 31, "", True, {}, [1, 1], ["a", "a"]]


def paths(value):
    """The way to each member and element, that to the whole left out."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield [key]
        yield from ([key] + path for path in paths(part))


class ManifestTests(unittest.TestCase):
    def is_taken(self, bundle, manifest):
        """Whether a device takes a manifest; what it raises can be nothing but a ``ClientError``."""
        try:
            BaseModel({**bundle.files, "manifest.json": json.dumps(manifest).encode("utf-8")}, MODEL, Limits())
            return True
        except ClientError:
            return False

    def test_each_field_missing_of_another_type_or_at_its_extremes_is_refused_or_taken_and_nothing_else_is_raised(self):
        for architecture in (None, gestures()):
            bundle = Bundle(architecture=architecture, helps={"samples": 20, "seconds": 600})
            taken, count = set(), 0
            for path in paths(bundle.manifest):
                for value in VALUES:
                    mutant = changed(bundle.manifest, path, value, remove=value == "missing")
                    mutant = mutant if path == ["version"] else seal(mutant)
                    count += 1
                    if self.is_taken(bundle, mutant):
                        taken.add((".".join(map(str, path)), repr(value)))
            self.assertGreater(count, 500)
            self.assertTrue(self.is_taken(bundle, bundle.manifest))
            for field in ("generator.window", "generator.width", "generator.rank"):
                self.assertFalse({(field, repr(value)) for value in BAD + [10_001]} & taken, field)
                self.assertLessEqual({(field, "1"), (field, "4096")}, taken)
            self.assertIn(("generator.window", "10000"), taken)
            self.assertNotIn(("generator.rank", "4097"), taken)
            self.assertIn(("generator", repr("missing")), taken)
            for field in ("generator.helps.samples", "generator.helps.seconds"):
                refused = [value for value in BAD + [1 << 31] if value not in (0, "missing", None)]
                self.assertFalse({(field, repr(value)) for value in refused} & taken, field)
                self.assertLessEqual({(field, "0"), (field, "1048576")}, taken)
            self.assertIn(("generator.helps.seconds", repr("missing")), taken)
            self.assertNotIn(("generator.helps.samples", repr("missing")), taken)
            for field in ("items", "files.device.safetensors.bytes", "format", "name", "version"):
                refused = [value for value in BAD + [1] if not (field == "items" and architecture and value == 0)]
                self.assertFalse({(field, repr(value)) for value in refused} & taken, field)
            self.assertNotIn(("outputs.names", repr(["a", "a"])), taken)

    def test_a_version_covers_all_that_a_device_acts_on(self):
        changes = [
            lambda manifest: manifest["generator"].update(window=5),
            lambda manifest: manifest["architecture"]["nodes"][4].update(heads=1),
            lambda manifest: manifest["architecture"]["inputs"][0].update(length=2),
            lambda manifest: manifest.update(later="a member that a later release adds"),
        ]
        for change in changes:
            with phone(Bundle(lie=change)) as device, self.assertRaises(ClientError):
                device.open()
        with phone(Bundle(change=changes[3])) as device:
            self.assertEqual(len(device.open().top_items(99)), 12)

    def test_a_manifest_that_lies_is_refused_before_its_files_are_fetched(self):
        lies = [
            lambda manifest: manifest.update(format=3), lambda manifest: manifest.update(version="../../etc"),
            lambda manifest: manifest.update(files={}), lambda manifest: manifest.update(items=0),
            lambda manifest: manifest["files"]["device.safetensors"].update(bytes=(1 << 63) - 1),
            lambda manifest: manifest["files"]["device.safetensors"].update(bytes=-1),
            lambda manifest: manifest.update(items=1 << 40),
        ]
        for place, lie in enumerate(lies):
            # Before its version is made of it, no version is a lie.
            for kind in ("lie",) if place == 1 else ("change", "lie"):
                with self.subTest((place, kind)), phone(Bundle(**{kind: lie})) as device:
                    with self.assertRaises(ClientError):
                        device.open()
                    self.assertEqual(device.service.count("/device"), 0)

    def test_a_file_of_an_unknown_role_is_kept_and_a_name_that_leaves_the_folder_or_a_role_of_another_refused(self):
        bundle, limits = Bundle(), Limits()
        entry = {"bytes": 9, "sha256": "ab" * 32, "role": "patch"}

        def manifest(name, **members):
            document = changed(bundle.manifest, ["files", name], {**entry, **members})
            return read_manifest(json.dumps(seal(document)).encode("utf-8"), MODEL, limits)

        self.assertEqual(len(manifest("patch.safetensors").files), 3)
        for name, role in (("../patch", "patch"), (".hidden", "patch"), ("a b", "patch"), ("manifest.json", "patch"),
                           ("DEVICE.safetensors", "patch"), ("x" * 65, "patch"), ("more.safetensors", "device"),
                           ("gate.safetensors", "patch"), ("device.safetensors", "gate"), ("é", "patch")):
            with self.subTest(name), self.assertRaises(Unusable):
                manifest(name, role=role)

    def test_the_version_of_format_2_is_what_any_other_implementation_of_the_rule_computes(self):
        # The same document and digest as in the Swift SDK's tests.
        document = ('{"version":"?","format":2,"name":"films","items":3,"files":{"vocabulary.tsv":{"sha256":"bb","bytes":2,'
                    '"role":"vocabulary"},"device.safetensors":{"role":"device","bytes":1,"sha256":"aa"}},'
                    '"architecture":{"name":"é\\n"},"generator":{"window":6}}')
        covered = parse(document.encode("utf-8"))
        del covered["version"]
        self.assertEqual(sha256(b"metanetwork/bundle/2\n" + canonical(covered)).hexdigest(),
                         "4deca4664a5ced205f3b0cf9bbc8f4bfd9cc9379d03c52bd1912e9ec917aa03c")

    def test_numbers_in_canonical_form_are_those_that_swift_prints(self):
        for text, expected in (("1", "1"), ("1.0", "1.0"), ("0.2", "0.2"), ("-0", "-0.0"), ("1E2", "100.0"), ("0.0001", "0.0001"),
                               ("0.00001", "1e-05"), ("1e-7", "1e-07"), ("9007199254740992.0", "9007199254740992.0"),
                               ("9007199254740994.0", "9.007199254740994e+15"), ("-9.5e15", "-9.5e+15"), ("1e16", "1e+16"),
                               ("18014398509481988.0", "1.8014398509481988e+16"), ("1e17", "1e+17"), ("1e100", "1e+100"),
                               ("9223372036854775808", "9.223372036854776e+18"), ("9007199254740993", "9007199254740993")):
            self.assertEqual(canonical(parse(text.encode("ascii"))).decode("ascii"), expected)

    def test_what_is_no_json_is_refused(self):
        for text in (b"", b"{", b"[1,]", b"NaN", b"[Infinity]", b'{"a":1,"a":2}', b"1e999", b'"\\ud800"', b'"\xff"',
                     b"\xef\xbb\xbf1", b"[" * 100_000, b"[" * 33 + b"]" * 33, b"01", b"'a'", b'"\x01"', "1".encode("utf-16")):
            with self.subTest(text[:20]), self.assertRaises(JSONError):
                parse(text)
        self.assertEqual(parse(b"[" * 32 + b"]" * 32) is None, False)


    def test_outputs_are_named_each_once_as_many_as_the_model_has_and_within_bounds(self):
        def outputs(names):
            return lambda manifest: manifest["outputs"].update(names=names)

        for names in (["rest"], ["a", "b", "c"], ["rest", "w" * 1025], [str(number) for number in range(65_537)], []):
            with self.subTest(len(names)), self.assertRaises(Unusable):
                BaseModel(Bundle(architecture=gestures(), change=outputs(names)).contents, MODEL, Limits())
        for change in (lambda manifest: manifest.pop("outputs"), lambda manifest: manifest["outputs"].update(kind="sound"),
                       lambda manifest: manifest["architecture"].update(
                           nodes=[{"name": f"n{number}", "operation": "mean", "inputs": ["reading"]} for number in range(1025)])):
            with self.assertRaises(Unusable):
                BaseModel(Bundle(architecture=gestures(), change=change).contents, MODEL, Limits())

    def test_no_damage_raises_anything_but_a_client_error(self):
        random, bundle = np.random.default_rng(4), Bundle(helps={"samples": 20})
        for number in range(2_000):
            body = bytearray(bundle.body)
            for place in random.integers(0, len(body), 1 + number % 3):
                body[place] = random.integers(0, 256)
            try:
                read_manifest(bytes(body[:len(body) - number % 2 * int(random.integers(0, 50))]), MODEL, Limits())
            except ClientError:
                continue
            # What makes no difference to the document is no damage.
            self.assertEqual(json.loads(body), bundle.manifest)


class VocabularyTests(unittest.TestCase):
    def test_ids_differ_by_their_bytes_and_escaped_ones_are_read_as_training_wrote_them(self):
        vocabulary = Vocabulary("e\u0301\t1\n\u00e9\t2\na\\tb\\\\\t3\n".encode("utf-8"), 3)
        self.assertEqual([vocabulary.index(name) for name in ("e\u0301", "\u00e9", "a\tb\\", "?")], [1, 2, 3, 0])
        self.assertEqual([vocabulary.name(index) for index in (0, 3, 4)], [None, "a\tb\\", None])

    def test_lines_that_are_none_and_ids_that_are_there_twice_are_refused(self):
        for text in (b"a\t2\n", b"a 1\n", b"a\t1\nb\t3\n", b"a\t1\n", b"\xff\t1\nb\t2\n", b"", b"a\t1\nb\t2\nc\t3\n",
                     b"a\t1\t\n"):
            with self.subTest(text), self.assertRaises(Unusable):
                Vocabulary(text, 2)
        with self.assertRaises(Unusable) as caught:
            BaseModel(Bundle(ids=["a", "b", "a", "c"]).contents, MODEL, Limits())
        self.assertIn("line 3 has a raw id that is there already", str(caught.exception))


class GraphTests(unittest.TestCase):
    def refused(self, change, reason, architecture=None):
        bundle = Bundle(architecture=architecture)
        document = json.loads(json.dumps(bundle.manifest))
        change(document["architecture"])
        with self.assertRaises(Unusable) as caught:
            BaseModel({**bundle.files, "manifest.json": json.dumps(seal(document)).encode("utf-8")}, MODEL, Limits())
        self.assertIn(reason, str(caught.exception))

    def test_nodes_that_are_none_are_refused_by_name(self):
        def nodes(place, **members):
            return lambda architecture: architecture["nodes"][place].update(members)

        names = [node["name"] for node in ranker()["nodes"]]
        user = names.index("user")
        for change, reason in (
            (nodes(1, inputs=["nobody"]), "no node or input before it has this name"),
            (nodes(0, operation="magic"), "is not known"), (nodes(0, colour=1), "has no key 'colour'"),
            (nodes(0, width=0), "must be from 1"), (nodes(0, width=None), "width is missing"),
            (nodes(1, name=names[0]), "rename one"), (nodes(user, units=3), "two vectors of one width"),
            (nodes(user, activation="step"), "use one of"), (nodes(user, units=True), "units is missing or not of type int"),
            (lambda architecture: architecture.update(output="user"), "one value for each candidate"),
            (lambda architecture: architecture.update(sample="user"), "is the sample"),
            (lambda architecture: architecture["inputs"].pop(), "one of kind 'item'"),
            (lambda architecture: architecture["nodes"].append(
                {"name": "loose", "operation": "dense", "inputs": ["user"], "units": 1, "dynamic": True}), "does not depend"),
        ):
            with self.subTest(reason):
                self.refused(change, reason)

    def test_weights_of_another_architecture_are_refused(self):
        self.refused(lambda architecture: architecture["nodes"][0].update(units=5), "the model needs", gestures())
        self.refused(lambda architecture: architecture.update(output="mean"), "is dynamic", gestures())


if __name__ == "__main__":
    unittest.main()
