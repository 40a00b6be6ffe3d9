"""Figures of a page, and whether they stand in what it links."""

import os
import re

FIGURE = re.compile(r"(?<![\w.,])(?:(?!\d{4}\.\d{5})\d[\d,]*\.\d{3,}|\d{1,3}(?:,\d{3})+)(?![\w]|[.,]\d)")
SOURCES = ("docs/results.md", "docs/benchmarks.md")


def blocks(page):
    """Paragraphs, items and rows as lists of (line number, line); a row of a table comes with the paragraph above it."""
    above, block, table = [], [], False
    for number, line in enumerate(page.lines + [""], 1):
        is_row, starts_item = line.startswith("|"), re.match(r"\s*([-*]|\d+\.)\s", line)
        if block and (not line.strip() or starts_item or is_row or table):
            yield block, above if table else []
            if not table:
                above = block
            block = []
        if line.strip():
            block.append((number, line))
        table = is_row
    if block:
        yield block, above if table else []


def figure_failures(page, pages):
    """What is wrong with the figures of a page, a text each."""
    failures = []
    for block, above in blocks(page):
        # What stands between backquotes or is a target of a link is no figure.
        figures = [(number, figure) for number, line in block
                   for figure in FIGURE.findall(re.sub(r"`[^`]*`|\]\([^)]*\)", " ", line))]
        if not figures:
            continue
        text = sources(page, pages, block) or sources(page, pages, above)
        for number, figure in figures:
            if text is None:
                failures.append("%s:%d: nothing says where %s comes from: link the section of %s" % (
                    page.path, number, figure, " or ".join(SOURCES)))
            elif not re.search(r"(?<![\d.,])%s(?![\d])" % re.escape(figure), text):
                failures.append("%s:%d: %s does not stand in what is linked" % (page.path, number, figure))
    return failures


def sources(page, pages, block):
    """The text of all sections with measurements that a block links; None where it links none."""
    texts = []
    for _, line in block:
        for target in page.links(line):
            path, _, name = target.partition("#")
            path = os.path.normpath(os.path.join(os.path.dirname(page.path), path))
            if path in SOURCES and (not name or name in pages[path].headings):
                texts.append(pages[path].section(name))
    return "\n".join(texts) if texts else None
