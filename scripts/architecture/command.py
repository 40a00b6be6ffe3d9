"""The command line of scripts/check-architecture."""

import argparse
import os

from . import graph
from .folders import ROOT
from .rules import PACKAGE, SOURCES, Checkout

_HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main(description, arguments):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=_HERE, metavar="FOLDER")
    parser.add_argument("--draw", action="store_true", help="print the arrows and the floors")
    parser.add_argument("--sources", action="store_true", help="check the sources alone: no Package.swift, no Makefile")
    parser.add_argument("--why", nargs=2, metavar=("MODULE/USER", "MODULE/USED"),
                        help="print each use of one folder's names in another folder of the same module")
    options = parser.parse_args(arguments)
    checkout = Checkout(os.path.abspath(options.folder))
    for check in SOURCES if options.sources or options.why else SOURCES + PACKAGE:
        check(checkout)
    if options.why:
        return why(checkout, *options.why)
    if options.draw:
        draw(checkout)
    for failure in checkout.failures:
        print(failure)
    if checkout.failures:
        print("check-architecture: %d broken" % len(checkout.failures))
        return 1
    print("check-architecture: all rules hold")
    return 0


def why(checkout, user, used):
    (module, _, user), (_, _, used) = user.partition("/"), used.partition("/")
    arrows = checkout.folders[module].arrows if module in checkout.folders else {}
    for use in arrows.get(user or ROOT, {}).get(used or ROOT, []):
        print(use)
    return 0


def draw(checkout):
    """The arrows between modules, then each module's folders; the lowest floor first, in both."""
    print("Modules, and whom they know:")
    _floors(checkout.module_arrows, indent="  ")
    for module in (name for floor in graph.floors(checkout.module_arrows) for name in floor):
        folders = checkout.folders.get(module)
        if folders and len(folders.arrows) > 1:
            print("\n%s, its folders (%s: the files in its root):" % (module, ROOT))
            _floors(folders.arrows, indent="  ")
    print()


def _floors(arrows, indent):
    width = max(map(len, arrows), default=0)
    for number, floor in enumerate(graph.floors(arrows)):
        for name in floor:
            known = ", ".join(sorted(arrows.get(name, ())))
            print("%s%d  %s" % (indent, number, (name.ljust(width) + (" -> " + known if known else "")).rstrip()))
