"""Links between the pages and to files of the checkout."""

import os
import re
from urllib.parse import unquote


def link_failures(root, pages):
    """What is wrong with the links of all pages, a text each."""
    failures = []
    for page in pages.values():
        for number, line in enumerate(page.lines, 1):
            for target in page.links(line):
                reason = problem(root, pages, page, unquote(target))
                if reason:
                    failures.append("%s:%d: the link to '%s' %s" % (page.path, number, target, reason))
    return failures


def problem(root, pages, page, target):
    """Why a link leads nowhere; None where it leads somewhere or out of the checkout."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    file, _, name = target.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page.path), file)) if file else page.path
    if path.startswith(".."):
        return "leaves the checkout"
    if not os.path.exists(os.path.join(root, path)):
        return "leads to no file"
    if name and path not in pages:
        return "names a heading of what is no page"
    if name and name not in pages[path].headings:
        return "names a heading that is not there"
    return None
