"""The arrows between the folders of a module: which folder declares a name, and which other one uses it."""

import os
from collections import defaultdict

from . import source
from .declarations import SwiftFile

ROOT = "."
# Members of the standard library and Foundation: `.count` says nothing about who is meant.
_COMMON = set(
    "all allSatisfy append body bytes close code contains count data description elements encode end endIndex filter first "
    "format hash hashValue id index indices init insert isEmpty joined keys kind last length limit lines load lock map max "
    "message min name names none now open path prefix read reduce remove removeAll result reversed rows run self shape size "
    "sorted start startIndex state status stop string subscript suffix sum test text time title type update url value values "
    "version weights width write".split())


class Folders:
    """The folders of one module as a graph; an arrow holds each use that makes it, `file:line: name`."""

    def __init__(self, root, folder):
        self.files = defaultdict(list)
        for path in source.swift_files(folder):
            place = os.path.relpath(os.path.dirname(path), folder)
            self.files[place].append(SwiftFile(os.path.relpath(path, root), source.code(source.read(path))))
        self.arrows = {place: {} for place in sorted(self.files)}
        self._index()

    def connect(self, foreign_members):
        """Draws the arrows. A member that other modules have too says nothing about who is meant."""
        self._visitors = {
            name: place for name, places in self._visiting.items() for place, outer in places
            if self._members[name] == {place} and name not in _COMMON and name not in foreign_members
            and place not in self._homes(outer)}
        for place in self.arrows:
            for file in self.files[place]:
                self._uses(place, file)

    def members(self):
        """The names of all members that are declared here."""
        return set(self._members)

    def _index(self):
        self._types = defaultdict(set)  # name at the top level: folders
        self._nested = defaultdict(lambda: defaultdict(set))  # name: type around it: folders
        self._globals = defaultdict(set)  # function or variable at the top level: folders
        self._members = defaultdict(set)  # member: folders
        self._visiting = defaultdict(set)  # member in an extension: (folder, type)
        for place, files in self.files.items():
            for file in files:
                for declared in file.declarations:
                    if declared.outer and not declared.is_type:
                        self._members[declared.name].add(place)
                        if declared.visiting and not declared.hidden:
                            self._visiting[declared.name].add((place, declared.outer))
                    elif declared.hidden:
                        continue
                    elif declared.outer:
                        self._nested[declared.name][declared.outer].add(place)
                    else:
                        (self._types if declared.is_type else self._globals)[declared.name].add(place)

    def _homes(self, name):
        """The folders that declare a type."""
        return self._types.get(name, set()).union(*self._nested.get(name, {}).values())

    def _uses(self, place, file):
        own = {declared.name for declared in file.declarations if declared.is_type and (declared.outer or declared.hidden)}
        own |= file.local
        declared = {name.name for name in file.declarations}
        for word, before, owner, after, line in file.words:
            for used in self._owners(file, word, before, owner, after, own, declared):
                if used and place not in used:
                    for other in used:
                        self.arrows[place].setdefault(other, []).append("%s:%d: %s" % (file.path, line, word))

    def _owners(self, file, word, before, owner, after, own, declared):
        """The sets of folders that a word may mean."""
        if before == ".":
            if word in self._nested and owner in self._nested[word]:
                yield self._nested[word][owner]
            elif word in self._visitors:
                yield {self._visitors[word]}
        elif word in self._types:
            if word not in own:
                yield self._types[word]
        elif word in self._nested:
            if word not in own:
                for outer in file.extended & set(self._nested[word]):
                    yield self._nested[word][outer]
        elif word in self._globals and word not in own | declared and after != ":":
            if len(self._globals[word]) == 1:
                yield self._globals[word]
