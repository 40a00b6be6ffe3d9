#!/usr/bin/env python3
"""Prints what a JSON Schema says against some files, as JSON: scripts/check-schema.py SCHEMA FILE...

{FILE: MESSAGE or null}. The `jsonschema-rs` package is looked for in .deps/python, where `scripts/setup --tests` puts it.
"""

import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, ".deps", "python"))

try:
    import jsonschema_rs
except ImportError as error:
    sys.exit("check-schema: error: %s; fix: scripts/setup --tests" % error)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    schema = read(sys.argv[1])
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    found = {path: next((error.message for error in validator.iter_errors(read(path))), None) for path in sys.argv[2:]}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
