#!/usr/bin/env python3
"""Runs exported models in ONNX Runtime and compares what they give with what is expected: scripts/check-onnx.py FILE

FILE is JSON, a list of {"name": NAME, "device": PATH, "generator": PATH, "runs": [RUN]}. A RUN holds tensors by name,
{"shape": [...], "values": [...]}: "inputs" of the device model; "weights" that are fed too; "samples" that the generator makes
weights of, and then "weights" is what it must make of them; "expected", what the device model must give. "generator", "weights"
and "samples" may be missing.
onnx.checker checks each file first. Prints {"models": N, "runs": N, "worst": LARGEST DIFFERENCE, "failures": [TEXT]}: differences are
relative to the largest number where that is above 1, and above 1e-5 they fail. The packages are looked for in .deps/python, where
`scripts/setup --tests` puts them.
"""

import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, ".deps", "python"))

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    sys.exit("check-onnx: error: %s; fix: scripts/setup --tests" % error)

LIMIT = 1e-5


class Model:
    """A checked file and its session, on one thread so that tests beside it keep their time limits."""

    def __init__(self, path):
        onnx.checker.check_model(path, full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: a default value that is an input too is what we want
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.types = {value.name: "int64" if "int64" in value.type else "float32" for value in self.session.get_inputs()}

    def run(self, tensors):
        feeds = {name: array(tensor, self.types.get(name, "float32")) for name, tensor in tensors.items()}
        names = [value.name for value in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, feeds)))


def array(tensor, kind):
    if isinstance(tensor, numpy.ndarray):
        return tensor
    return numpy.array([float(value) for value in tensor["values"]], kind).reshape(tensor["shape"])


class Comparison:
    """What was compared so far."""

    def __init__(self):
        self.models, self.runs, self.worst, self.failures = 0, 0, 0.0, []

    def check(self, what, found, expected):
        for name, tensor in expected.items():
            wanted = array(tensor, "float32")
            value = found.get(name)
            if value is None or value.shape != wanted.shape:
                shape = None if value is None else list(value.shape)
                self.failures.append("%s: '%s' has shape %s, expected %s" % (what, name, shape, list(wanted.shape)))
                continue
            finite = numpy.isfinite(wanted)
            if not numpy.array_equal(value[~finite], wanted[~finite]):
                self.failures.append("%s: '%s' is not infinite where it should be" % (what, name))
            if not finite.any():
                continue
            scale = max(1.0, float(abs(wanted[finite]).max()))
            difference = float(abs(value[finite].astype("float64") - wanted[finite]).max()) / scale
            self.worst = max(self.worst, difference)
            if not difference <= LIMIT:  # NaN fails too
                self.failures.append("%s: '%s' differs by %g" % (what, name, difference))

    def run(self, what, run, device, generator):
        weights = run.get("weights", {})
        if "samples" in run:
            made = generator.run({"samples": run["samples"]})
            self.check(what + ", generator", made, weights)
            weights = made  # and not what is expected of it: the one must feed the other
        self.check(what, device.run(dict(run["inputs"], **weights)), run["expected"])
        self.runs += 1


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/check-onnx.py FILE")
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            cases = json.load(file)
    except (OSError, ValueError) as error:
        sys.exit("check-onnx: error: %s: %s" % (sys.argv[1], error))
    comparison = Comparison()
    for case in cases:
        try:
            device = Model(case["device"])
            generator = Model(case["generator"]) if "generator" in case else None
            comparison.models += 1 if generator is None else 2
            for number, run in enumerate(case["runs"], 1):
                comparison.run("%s, run %d" % (case["name"], number), run, device, generator)
        except Exception as error:  # the checker's and the runtime's errors have no common type
            comparison.failures.append("%s: %s" % (case["name"], error))
    print(json.dumps(vars(comparison), sort_keys=True))


if __name__ == "__main__":
    main()
