"""What stands in the shell blocks of pages."""

import re

KINDS = ("sh", "bash", "shell", "console")


class Command:
    """A command of a block: its text, lines that a backslash joins as one, and what the lines of comment below say that it prints."""

    def __init__(self, text):
        self.text = text
        self.says = []

    def names(self):
        """The names in quotes of the JSON that it is said to print."""
        return re.findall(r'"(\w+)":', " ".join(self.says))


class Block:
    """A block of a page, and the line that it begins at."""

    def __init__(self, page, line, kind):
        self.page, self.line, self.kind = page, line, kind
        self.commands = []
        self.is_joined = False

    def add(self, line):
        text = line.strip()
        if not text:
            return
        if text.startswith("#") and not self.is_joined:
            if self.commands:
                self.commands[-1].says.append(text[1:].strip())
            return
        # What stands behind a command, for the reader.
        text = re.sub(r"\s+# .*$", "", text)
        if self.is_joined:
            self.commands[-1].text += " " + text
        else:
            self.commands.append(Command(text))
        self.is_joined = text.endswith("\\")
        self.commands[-1].text = self.commands[-1].text.rstrip("\\").rstrip()


def blocks(page, text):
    """The shell blocks of a page in their order."""
    found, fence = [], None
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fence = line.strip()[3:].strip() if fence is None else None
            if fence in KINDS:
                found.append(Block(page, number, fence))
        elif fence in KINDS:
            found[-1].add(line)
    return found
