"""Weights as files, and what is none."""
import json
import unittest

import numpy as np
import safetensors.numpy

from metanetwork_client.wire.safetensors import SafeTensorsError, decode
from tests.support import ROOT

FIXTURES = ROOT / "Tests" / "MetaNetworkTests" / "Fixtures"


def file(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode("utf-8")
    return len(text).to_bytes(8, "little") + text + body


def entry(kind="F32", shape=(1,), begin=0, end=4, **members):
    return {"dtype": kind, "shape": list(shape), "data_offsets": [begin, end], **members}


class SafeTensorsTests(unittest.TestCase):
    def test_files_of_the_python_package_have_its_shapes_and_values_bit_for_bit(self):
        for path in sorted(FIXTURES.glob("*.safetensors")):
            data = path.read_bytes()
            expected = safetensors.numpy.load(data)
            if any(values.dtype not in (np.float32, np.float16) for values in expected.values()):
                with self.assertRaises(SafeTensorsError):
                    decode(data, 1 << 20)
                continue
            found, _ = decode(data, 1 << 20)
            self.assertEqual(set(found), set(expected), path.name)
            for name, values in expected.items():
                self.assertEqual(found[name].dtype, np.float32)
                np.testing.assert_array_equal(found[name], values.astype(np.float32))

    def test_eight_bits_are_scaled_by_column(self):
        header = {"a": entry("I8", (2, 3), 0, 6), "a.scale": entry("F32", (3,), 6, 18), "__metadata__": {"k": "v"}}
        body = np.array([[1, -127, 127], [2, 0, -1]], np.int8).tobytes() + np.array([0.5, 2, 10], np.float32).tobytes()
        found, strings = decode(file(header, body), 1 << 10)
        self.assertEqual((list(found), strings), (["a"], {"k": "v"}))
        np.testing.assert_array_equal(found["a"], [[0.5, -254, 1270], [1, 0, -10]])

    def test_headers_that_break_a_rule_are_refused(self):
        four, one = bytes(4), entry()
        for header, body in (
            ({"a": one}, b""), ({"a": one}, bytes(5)), ({"a": one, "b": one}, four), ({"a": entry(begin=4, end=8)}, bytes(8)),
            ({"a": entry(begin=4, end=0)}, four), ({"a": entry(shape=(2,))}, four), ({"a": entry(shape=(-1,))}, four),
            ({"a": entry(shape=(1.0,))}, four), ({"a": entry(shape=(True,))}, four), ({"a": entry("F64", end=8)}, bytes(8)),
            ({"a": entry("I8", (4,))}, four), ({"a": entry("I8", (1, 4)), "a.scale": entry(shape=(3,), begin=4, end=16)},
                                               bytes(16)),
            ({"a": 1}, four), ({"a": {"shape": [1], "data_offsets": [0, 4]}}, four), ({"a": {**one, "shape": 1}}, four),
            ({"a": {**one, "data_offsets": [0]}}, four), ({"__metadata__": {"a": 1}}, b""), ({"__metadata__": []}, b""),
            (b" {}", b""), (b"[]", b""), (b"{", b""), (b'{"a":1,"a":1}', b""), (b"\xff", b""), (b"", b""),
            ({"a": entry(shape=(1 << 40, 1 << 40))}, four), ({"a": entry(shape=[1] * 40)}, four),
            ({"a": entry(shape=(1 << 62, 0), end=0)}, b""),
        ):
            with self.subTest(str(header)), self.assertRaises(SafeTensorsError):
                decode(file(header, body), 1 << 20)

    def test_a_file_that_is_cut_short_anywhere_or_extended_is_refused(self):
        whole = file({"a": entry("F16", (2, 1)), "b": entry("F32", (0,), 4, 4)}, bytes(4))
        self.assertEqual(decode(whole, 1 << 10)[0]["b"].shape, (0,))
        for data in [whole[:size] for size in range(len(whole))] + [whole + b"\0", bytes(7), b"\xff" * 8]:
            with self.assertRaises(SafeTensorsError):
                decode(data, 1 << 10)

    def test_limits_hold(self):
        many = file({f"t{number}": entry("F32", (0,), 0, 0) for number in range(5)})
        for limits in ((len(many) - 1, 5), (len(many), 4)):
            with self.assertRaises(SafeTensorsError):
                decode(many, *limits)
        self.assertEqual(len(decode(many, len(many), 5)[0]), 5)

    def test_no_damage_raises_anything_else(self):
        random = np.random.default_rng(3)
        whole = file({"a": entry("F32", (2, 2), 0, 16), "b": entry("I8", (2, 2), 16, 20),
                      "b.scale": entry("F32", (2,), 20, 28)}, bytes(range(28)))
        for _ in range(2_000):
            data = bytearray(whole)
            for place in random.integers(0, len(data), random.integers(1, 4)):
                data[place] = random.integers(0, 256)
            try:
                decode(bytes(data), 1 << 20)
            except SafeTensorsError:
                pass


if __name__ == "__main__":
    unittest.main()
