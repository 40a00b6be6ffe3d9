"""What a Swift file declares, and the words in it that may use what others declare. An approximation without a compiler."""

import re

_TOKEN = re.compile(r"[A-Za-z_]\w*|\$\w+|\n|\S")
_TYPES = {"struct", "class", "enum", "protocol", "actor", "extension"}
_MEMBERS = {"func", "var", "let", "case"}
# What stands behind one of these is a new name and no use.
_NAMING = (_TYPES | _MEMBERS | {"typealias", "associatedtype"}) - {"extension"}
_MODIFIERS = {
    "public", "package", "internal", "private", "fileprivate", "open", "static", "class", "final", "mutating", "nonmutating",
    "override", "indirect", "lazy", "weak", "unowned", "nonisolated", "dynamic", "required", "consuming", "borrowing",
    "prefix", "postfix", "infix",
}
_PRIVATE = {"private", "fileprivate"}


class Declaration:
    """A name that a file gives to something."""

    def __init__(self, name, is_type, outer, hidden, visiting, line):
        self.name = name
        self.is_type = is_type
        self.outer = outer  # the type around it; None at the top level
        self.hidden = hidden  # private to the file
        self.visiting = visiting  # a member in an extension that adds no conformance
        self.line = line


class _Scope:
    def __init__(self, kind, name=None, hidden=False, conforms=False):
        self.kind, self.name, self.hidden, self.conforms = kind, name, hidden, conforms


class SwiftFile:
    """The declarations and words of a file, from its code without comments and strings."""

    def __init__(self, path, code):
        self.path = path
        self.declarations = []
        self.extended = set()  # types that the file opens: its own and those it extends
        self.local = set()  # names that mean something else in this file: generic parameters, labels, variables
        self.words = []  # (word, word or sign before it, owner of its dot, sign behind it, line)
        self._read(_tokens(code))

    def _read(self, tokens):
        scopes, pending = [], None
        for at, (token, line) in enumerate(tokens):
            after = tokens[at + 1][0] if at + 1 < len(tokens) else ""
            before = tokens[at - 1][0] if at > 0 else ""
            if token == "{":
                scopes.append(pending or _Scope("code"))
                pending = None
            elif token == "}":
                if scopes:
                    scopes.pop()
            elif token[0].isalpha() or token[0] == "_":
                owner = tokens[at - 2][0] if before == "." and at > 1 else ""
                if before not in _NAMING:
                    self.words.append((token, before, owner, after, line))
                if before != "." and after and (after[0].isalpha() or after[0] in "_`"):
                    pending = self._declare(tokens, at, scopes) or pending
                if after == ":" and before != ".":
                    self.local.add(token)
            if token == "<":
                self._generics(tokens, at)

    def _declare(self, tokens, at, scopes):
        """Notes a declaration that begins at a token; the scope that it opens, if it does."""
        keyword, line = tokens[at]
        name = tokens[at + 1][0]
        if name == "`":
            name = tokens[at + 2][0]
        scope = scopes[-1] if scopes else None
        hidden = _is_private(tokens, at) or (scope.hidden if scope else False)
        if keyword in _TYPES and not (keyword == "class" and name in _MEMBERS | _MODIFIERS):
            return self._open(tokens, at, keyword, name, scope, hidden)
        if keyword in ("typealias", "associatedtype"):
            if keyword == "associatedtype" or (scope and scope.kind == "code"):
                self.local.add(name)
            else:
                self.declarations.append(Declaration(name, True, scope and scope.name, hidden, False, line))
        elif keyword in _MEMBERS:
            if scope is None or scope.kind in _TYPES:
                visiting = bool(scope) and scope.kind == "extension" and not scope.conforms
                self.declarations.append(Declaration(name, False, scope and scope.name, hidden, visiting, line))
            else:
                self.local.add(name)
        return None

    def _open(self, tokens, at, keyword, name, scope, hidden):
        head = []
        for token, _ in tokens[at + 1:at + 400]:
            if token == "{":
                break
            head.append(token)
        if keyword == "extension":
            name = _last_name(head)
            conforms = ":" in head[:head.index("where")] if "where" in head else ":" in head
        else:
            outer = scope.name if scope and scope.kind in _TYPES else None
            if scope and scope.kind == "code":
                self.local.add(name)
            else:
                self.declarations.append(Declaration(name, True, outer, hidden, False, tokens[at][1]))
            conforms = False
        self.extended.add(name)
        return _Scope(keyword, name, hidden, conforms)

    def _generics(self, tokens, at):
        """Notes the generic parameters of a declaration whose list begins at a token."""
        declares = {"func", "struct", "class", "enum", "actor", "typealias", "protocol"}
        owner = tokens[at - 2][0] if at > 1 else ""
        if owner not in declares and (at == 0 or tokens[at - 1][0] not in ("init", "subscript")):
            return
        fresh = True
        for token, _ in tokens[at + 1:at + 60]:
            if token == ">":
                break
            if fresh and token not in ("each", "let"):
                self.local.add(token)
            fresh = token == "," or (fresh and token in ("each", "let"))


def _tokens(code):
    tokens, line = [], 1
    for match in _TOKEN.finditer(code):
        if match.group() == "\n":
            line += 1
        else:
            tokens.append((match.group(), line))
    return tokens


def _is_private(tokens, at):
    """Whether `private` is among the modifiers before a declaration; `private(set)` is not that."""
    at -= 1
    while at >= 0 and (tokens[at][0] in _MODIFIERS or tokens[at][0] in "()" or tokens[at][0] == "set"):
        if tokens[at][0] in _PRIVATE and tokens[at + 1][0] != "(":
            return True
        at -= 1
    return False


def _last_name(head):
    """`Bar` of `extension Foo.Bar: Other where ...`."""
    name = head[0]
    for dot, following in zip(head[1::2], head[2::2]):
        if dot != ".":
            break
        name = following
    return name
