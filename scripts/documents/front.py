"""The front page's length, where its picture stands, the sizes of clients that a page says, and what a merge left in pages."""

import os
import re

LONGEST, PICTURE = 150, 15
CLIENTS = {"Python": "clients/python/metanetwork_client", "Java": "clients/java/src", "JavaScript": "clients/javascript/src"}


def front_failures(page):
    """What a reader of the README has to scroll for, a text each."""
    failures = []
    lines = len(page.lines)
    if lines > LONGEST:
        failures.append("%s: it has %d lines, and may have %d: move some to a page of docs/" % (page.path, lines, LONGEST))
    if not any(re.search(r"<img |!\[", line) for line in page.lines[:PICTURE - 1]):
        failures.append("%s: no picture stands above line %d" % (page.path, PICTURE))
    return failures


def size_failures(root, page):
    """Where a page says another size of a client's sources than they have, by more than a twentieth."""
    failures = []
    for name, folder in CLIENTS.items():
        size = sum(os.path.getsize(os.path.join(place, file)) for place, _, files in os.walk(os.path.join(root, folder))
                   for file in files if not file.endswith(".pyc")) / 1024
        said = re.search(r"\| %s \| `%s` \| ([\d,]+) KiB" % (name, folder), "\n".join(page.lines))
        if said is None or abs(int(said.group(1).replace(",", "")) - size) > size / 20:
            failures.append("%s: the row of the client in %s is to say `%s` and %.0f KiB" % (page.path, name, folder, size))
    return failures


def conflict_failures(pages):
    """Lines by which a merge marks what two sides changed, and which somebody has to decide."""
    return ["%s:%d: a merge's conflict is not resolved: keep what is true and delete the marks" % (page.path, number)
            for page in pages.values() for number in page.conflicts]
