"""The rules. Each takes a `Checkout` and notes what is wrong."""

import json
import os
import subprocess
import tempfile

from . import allowed, graph, source
from .folders import ROOT, Folders
from .modules import complaint, imports, modules


class Checkout:
    """The sources, the arrows in them, and what was found wrong."""

    def __init__(self, root):
        self.root = root
        self.failures = []
        self.module_arrows = {}
        self.folders = {}

    def fail(self, path, line, rule):
        self.failures.append("%s:%d: %s" % (os.path.relpath(path, self.root), line, rule))


def check_sources(checkout):
    """Imports, forbidden calls and file names."""
    for module, folder in modules(checkout.root, "Sources"):
        checkout.module_arrows.setdefault(module, {})
        if module not in allowed.MODULES:
            place = "scripts/architecture/allowed.py"
            checkout.fail(folder, 1, "module %s is not in %s: say there what it may import" % (module, place))
            continue
        for path in source.swift_files(folder):
            if allowed.VAGUE.search(os.path.basename(path)):
                checkout.fail(path, 1, "a vague file name: name the type that is in it")
            text = source.read(path)
            code = source.code(text)
            for number, imported in imports(code):
                wrong = complaint(module, imported, allowed.MODULES[module])
                if wrong:
                    checkout.fail(path, number, wrong)
                if imported in allowed.MODULES:
                    example = "%s:%d" % (os.path.relpath(path, checkout.root), number)
                    checkout.module_arrows[module].setdefault(imported, example)
            check_calls(checkout, module, path, text.split("\n"), code.split("\n"))


def check_calls(checkout, module, path, whole, code):
    """What no source may call; `whole` has the comments that `code` lacks."""
    for number, line in enumerate(code, 1):
        for pattern, rule in allowed.FORBIDDEN:
            if pattern.search(line):
                checkout.fail(path, number, rule)
        if module in allowed.NEVER_TRAP and allowed.TRAP.search(line):
            checkout.fail(path, number, "nothing traps on a phone: throw, or make the state impossible")
        before = whole[number - 2].lstrip() if number > 1 else ""
        if allowed.UNCHECKED.search(line) and not before.startswith(("//", "*", "/*")):
            checkout.fail(path, number, "`@unchecked Sendable` needs a comment on the line before that proves it")


def check_tests(checkout):
    """Tests may import any library of ours; those of the tool may import the tool."""
    for module, folder in modules(checkout.root, "Tests"):
        ours = set(allowed.MODULES) - allowed.BENEATH - {allowed.TOOL}
        if module == allowed.TOOL_TESTS:
            ours.add(allowed.TOOL)
        for path in source.swift_files(folder):
            for number, imported in imports(source.code(source.read(path))):
                wrong = complaint(module, imported, (ours, None))
                if wrong:
                    checkout.fail(path, number, wrong)


def check_circles(checkout):
    """Neither modules nor the folders of a module know each other in a circle."""
    for circle in graph.circles(checkout.module_arrows):
        way = graph.shortest(circle, checkout.module_arrows)
        checkout.failures.append("modules in a circle: " + _around(way, checkout.module_arrows))
    found = dict(modules(checkout.root, "Sources"))
    checkout.folders = {module: Folders(checkout.root, folder) for module, folder in found.items()}
    members = {module: folders.members() for module, folders in checkout.folders.items()}
    for module, folders in checkout.folders.items():
        folders.connect(set().union(*(members[other] for other in members if other != module)))
        examples = {user: {used: uses[0] for used, uses in arrows.items()} for user, arrows in folders.arrows.items()}
        for circle in graph.circles(examples):
            pairs = [[a, b, a] for a in sorted(circle) for b in sorted(circle)
                     if a < b and b in examples[a] and a in examples[b]]
            for way in pairs or [graph.shortest(circle, examples)]:
                text = "%s: folders in a circle: %s" % (os.path.relpath(found[module], checkout.root), _around(way, examples))
                checkout.failures.append(text)


def _around(way, arrows):
    names = ["the module's root" if name == ROOT else name for name in way]
    steps = ["%s -> %s (%s)" % (names[at], names[at + 1], arrows[way[at]][way[at + 1]]) for at in range(len(way) - 1)]
    return ", ".join(steps)


def check_root_package(checkout):
    """An app that adds the root package must get no cloud dependency and no unsafe flag."""
    manifest = os.path.join(checkout.root, "Package.swift")
    with tempfile.TemporaryDirectory() as scratch:
        command = ["swift", "package", "--package-path", checkout.root, "--scratch-path", scratch, "dump-package"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode != 0:
        checkout.fail(manifest, 1, "cannot be read: " + done.stderr.strip())
        return
    package = json.loads(done.stdout)
    for dependency in package["dependencies"]:
        for kind in dependency.values():
            if kind[0]["identity"] not in allowed.ROOT_MAY_NEED:
                checkout.fail(manifest, 1, "the root package may not depend on %s" % kind[0]["identity"])
    if any("unsafeFlags" in setting["kind"] for target in package["targets"] for setting in target["settings"]):
        checkout.fail(manifest, 1, "the root package may not use unsafe flags: apps could not depend on it")


def check_makefile(checkout):
    """`make test` must let the compiler check the declared dependencies."""
    path = os.path.join(checkout.root, "Makefile")
    lines = source.read(path).split("\n")
    flag = "--explicit-target-dependency-import-check error"
    if "CHECK_IMPORTS = " + flag not in lines:
        checkout.fail(path, 1, "CHECK_IMPORTS must be `%s`" % flag)
    tests = [(number, line) for number, line in enumerate(lines, 1) if line.startswith("\tscripts/run-tests")]
    if not tests:
        checkout.fail(path, 1, "`make test` must run scripts/run-tests")
    for number, line in tests:
        if "$(CHECK_IMPORTS)" not in line:
            checkout.fail(path, number, "scripts/run-tests must be given $(CHECK_IMPORTS)")


SOURCES = (check_sources, check_tests, check_circles)
PACKAGE = (check_root_package, check_makefile)
