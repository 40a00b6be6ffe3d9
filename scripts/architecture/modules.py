"""The modules of both packages, and the arrows between them: who imports whom."""

import os
import re

from .allowed import MODULES

_IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)")


def modules(root, kind):
    """(module, folder) for each folder in Sources or Tests of both packages."""
    for package in ("", "Cloud"):
        base = os.path.join(root, package, kind)
        for name in sorted(os.listdir(base)) if os.path.isdir(base) else []:
            if os.path.isdir(os.path.join(base, name)):
                yield name, os.path.join(base, name)


def imports(code):
    """(line, module) for each import of a file."""
    for number, line in enumerate(code.split("\n"), 1):
        match = _IMPORT.match(line)
        if match:
            yield number, match.group(1)


def complaint(importer, imported, rules):
    """What is wrong with an import; None where it is allowed."""
    ours, others = rules
    if imported in MODULES:
        return None if imported in ours else "%s may not import %s" % (importer, imported)
    if others is None or imported in others:
        return None
    allowed = ", ".join(sorted(others)) or "the standard library, which needs no import"
    return "%s may not import %s (only %s)" % (importer, imported, allowed)
