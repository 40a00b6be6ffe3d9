"""A Markdown page: its lines without code, its headings, and its sections."""

import os
import re

LEFT_OUT = {".build", ".deps", ".git", "node_modules", "runs", "data", "bin"}
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
SOURCE = re.compile(r"(?:src|srcset|href)=\"([^\"]+)\"")


def anchor(heading):
    """The name that GitHub gives a heading: small letters, blanks as hyphens, no punctuation."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


class Page:
    """One file. Lines of code blocks are blank here, so that line numbers stay."""

    def __init__(self, path, text):
        self.path = path
        # In code blocks too, where nobody else looks.
        self.conflicts = [number for number, line in enumerate(text.split("\n"), 1) if re.match(r"(<{7}|>{7}) ", line)]
        self.lines = []
        block = None
        for line in text.split("\n"):
            fence = re.match(r"\s*(```+|~~~+)", line)
            if fence and block is None:
                block = fence.group(1)
            elif fence and line.strip().startswith(block) and not line.strip().strip("`~"):
                block = None
            elif block is None:
                self.lines.append(line)
                continue
            self.lines.append("")
        self.headings = self._headings()

    def _headings(self):
        """Anchors of the headings with the lines where their sections begin and the number of their level."""
        found, seen = {}, {}
        for number, line in enumerate(self.lines):
            match = re.match(r"(#{1,6})\s+(.*?)\s*#*$", line)
            if match:
                name = anchor(match.group(2))
                seen[name] = seen.get(name, -1) + 1
                found["%s-%d" % (name, seen[name]) if seen[name] else name] = (number, len(match.group(1)))
        return found

    def section(self, name):
        """The text under a heading up to the next one of its level or above; the whole page without a name."""
        if not name:
            return "\n".join(self.lines)
        start, level = self.headings[name]
        after = [line for line, other in self.headings.values() if line > start and other <= level]
        return "\n".join(self.lines[start:min(after, default=len(self.lines))])

    @staticmethod
    def links(line):
        """Targets of the links and pictures of a line; what stands between backquotes is no link."""
        plain = re.sub(r"`[^`]*`", "``", line)
        return LINK.findall(plain) + SOURCE.findall(plain)


def pages(root):
    """All Markdown pages of a checkout by their path."""
    found = {}
    for base, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith(".build"))
        for name in sorted(names):
            if name.endswith(".md"):
                path = os.path.relpath(os.path.join(base, name), root)
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    found[path] = Page(path, file.read())
    return found
