"""Swift sources without what is no code: comments, and the text in string literals."""

import os
import re

# A string's start: any number of `#`, then one or three quotes.
_OPENING = re.compile(r'(#*)("""|")')


def swift_files(folder):
    """The Swift files below a folder, in order; fixtures, programs that documentation shows, and hidden folders are left out."""
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "Fixtures" and not name.endswith(".docc") and not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".swift"):
                yield os.path.join(base, name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def code(text):
    """The text with comments and strings blanked. Line numbers stay, and so does code that is interpolated."""
    out = []
    _code(text, 0, out, closing=None)
    return "".join(out)


def _code(text, at, out, closing):
    """Copies code from `at` to the parenthesis that closes an interpolation, or to the end; says where it stopped."""
    depth = 0
    while at < len(text):
        if text.startswith("//", at):
            at = _end(text, "\n", at)
        elif text.startswith("/*", at):
            at = _comment(text, at, out)
        elif text[at] in '"#' and _OPENING.match(text, at):
            at = _string(text, at, out)
        else:
            if closing and text[at] == "(":
                depth += 1
            elif closing and text[at] == ")":
                if depth == 0:
                    return at
                depth -= 1
            out.append(text[at])
            at += 1
    return at


def _comment(text, at, out):
    """Skips a block comment, which may hold others."""
    depth, start = 0, at
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                break
        else:
            at += 1
    out.append(" " + "\n" * text.count("\n", start, at))
    return at


def _string(text, at, out):
    opening = _OPENING.match(text, at)
    hashes, quotes = opening.groups()
    closing, escape = quotes + hashes, "\\" + hashes
    at = opening.end()
    out.append('"')
    while at < len(text) and not text.startswith(closing, at):
        if text.startswith(escape + "(", at):
            out.append("(")
            at = _code(text, at + len(escape) + 1, out, closing=")") + 1
            out.append(")")
        elif text.startswith(escape, at):
            at += len(escape) + 1
        else:
            if text[at] == "\n":
                out.append("\n")
                if len(quotes) == 1:  # a string of one line that never ends: no valid source
                    return at + 1
            at += 1
    out.append('"')
    return at + len(closing)


def _end(text, mark, at):
    found = text.find(mark, at)
    return len(text) if found < 0 else found
