"""Writes the fixtures of the safetensors tests with the `safetensors` package: python3 make_safetensors.py

Needs numpy and safetensors (`scripts/setup --tests` puts them into .deps/python). Seeded: the same files every time.
"""

import json
import os

import numpy as np
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(20220905)


def bits(array):
    """The values as single precision, as integers, so that no digit is lost on the way through JSON."""
    return np.ascontiguousarray(array, dtype=np.float32).reshape(-1).view(np.uint32).tolist()


tensors = {
    "dense.weight": random.standard_normal((3, 5)).astype(np.float32),
    "dense.bias": np.array([0.0, -0.0, np.inf, -np.inf, 1e-45], dtype=np.float32),
    "half.matrix": random.standard_normal((4, 2, 3)).astype(np.float16),
    "half.odd": np.array([65504, -6e-8, 0.1], dtype=np.float16),
    "scalar": np.array(3.25, dtype=np.float32),
    "empty": np.zeros((0, 7), dtype=np.float32),
    "empty.half": np.zeros((2, 0, 2), dtype=np.float16),
    "Größe «層» \U0001f600 \"quoted\" \\ \n": np.array([[1.5, -2.5]], dtype=np.float32),
}
metadata = {"version": "7", "Straße": "naïve \U0001f4e6\t\"x\"", "empty": ""}
save_file(tensors, os.path.join(HERE, "mixed.safetensors"), metadata=metadata)
expected = {
    "metadata": metadata,
    "tensors": {name: {"shape": list(array.shape), "bits": bits(array)} for name, array in tensors.items()},
}
with open(os.path.join(HERE, "mixed.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file, ensure_ascii=False, indent=1, sort_keys=True)

# Every half there is, as numpy converts it; and singles of every exponent that a half can meet, as numpy rounds them.
patterns = np.arange(65536, dtype=np.uint16).view(np.float16)
singles = np.concatenate([
    (random.standard_normal(4000) * 2.0 ** random.uniform(-28, 15, 4000)).astype(np.float32),
    # Exactly between two neighbouring halves, where ties go to even.
    ((patterns[1:31744:31].astype(np.float64) + patterns[2:31745:31].astype(np.float64)) / 2).astype(np.float32),
])
singles = singles[np.abs(singles) < 65520]
save_file({"patterns": patterns, "singles": patterns.astype(np.float32)}, os.path.join(HERE, "halves.safetensors"))
save_file({"singles": singles, "rounded": singles.astype(np.float16)}, os.path.join(HERE, "rounding.safetensors"))
save_file({"weight": np.zeros((2, 2), dtype=np.int8)}, os.path.join(HERE, "integers.safetensors"))
save_file({}, os.path.join(HERE, "nothing.safetensors"))
