#!/usr/bin/env python3
"""Prints what the Python `safetensors` package reads in a file, as one JSON object: scripts/check-safetensors.py FILE

{"metadata": {...}, "tensors": {NAME: {"dtype": "F32", "shape": [...], "sum": S}}}; sums in double precision, null where
not finite. The package is looked for in .deps/python, where `scripts/setup --tests` puts it.
"""

import json
import math
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, ".deps", "python"))

try:
    import numpy
    from safetensors import SafetensorError, safe_open
except ImportError as error:
    sys.exit("check-safetensors: error: %s; fix: scripts/setup --tests" % error)


def describe(file, name):
    values = file.get_tensor(name)
    with numpy.errstate(invalid="ignore"):  # infinity less infinity
        total = float(values.astype("float64").sum())
    kind = {"float32": "F32", "float16": "F16"}.get(str(values.dtype), str(values.dtype))
    return {"dtype": kind, "shape": list(values.shape), "sum": total if math.isfinite(total) else None}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/check-safetensors.py FILE")
    try:
        with safe_open(sys.argv[1], framework="numpy") as file:
            tensors = {name: describe(file, name) for name in sorted(file.keys())}
            print(json.dumps({"metadata": file.metadata() or {}, "tensors": tensors}, sort_keys=True))
    except (OSError, SafetensorError) as error:
        sys.exit("check-safetensors: error: %s: %s" % (sys.argv[1], error))


if __name__ == "__main__":
    main()
