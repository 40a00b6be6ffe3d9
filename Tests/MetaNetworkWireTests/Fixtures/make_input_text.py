"""Writes the fixture of the tests of inputs as text with numpy and Python's base64: python3 make_input_text.py

Needs numpy (`scripts/setup --tests` puts it into .deps/python). Seeded: the same file every time.
"""

import base64
import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(20221202)


def case(values):
    """The single-precision values as integers, and their text: none where a half cannot hold one of them."""
    values = np.asarray(values, dtype=np.float32)
    with np.errstate(over="ignore"):
        halves = values.astype("<f2")
    text = base64.b64encode(halves.tobytes()).decode() if np.isfinite(halves).all() else None
    rounded = halves.astype(np.float32) if text else values
    return {"bits": values.view(np.uint32).tolist(), "text": text, "rounded": rounded.view(np.uint32).tolist()}


# Of each length modulo three bytes; values of every exponent that a half can meet; the edges.
cases = [case(random.standard_normal(count) * 2.0 ** random.uniform(-26, 14, count)) for count in (1, 2, 3, 4, 5, 28, 784)]
cases += [case(values) for values in (
    [0.5, -1, 2], [65504, -65504, 65519.996], [0.0, -0.0, 2.0 ** -24, 2.0 ** -25, 1e-45],
    [1, 65520], [-65520], [np.inf], [np.nan, 1],
)]
with open(os.path.join(HERE, "input-text.json"), "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
