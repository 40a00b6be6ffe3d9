"""Strict JSON (RFC 8259), and the canonical form that the version of a bundle is the digest of (docs/bundle.md)."""
from __future__ import annotations

import json
import math
import re
from typing import Any, Dict, List, Tuple

# From above the first number to below the second Python writes no exponent where the canonical form has one.
_PLAIN_IN_PYTHON = (float(1 << 53), 1e16)
_ESCAPED = re.compile(r'["\\\x00-\x1f]')


class JSONError(ValueError):
    """The bytes are no JSON document; the text says why."""


def parse(data: bytes, depth: int = 32) -> Any:
    """The value of a document.

    More is refused than ``json.loads`` refuses: a key that occurs twice, NaN and infinities, a number that no 64-bit
    floating-point number holds, halves of surrogate pairs, and any encoding but UTF-8. A whole number that fits 64 bits
    is an ``int``, any other number a ``float``.

    Args:
        data: UTF-8.
        depth: How many arrays and objects may enclose each other.

    Raises:
        JSONError: It is no such document.
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_members, parse_int=_integer, parse_float=_number,
                           parse_constant=_constant)
        _check(value, depth)
    except JSONError:
        raise
    except RecursionError:
        raise JSONError("nested too deeply") from None
    except ValueError as error:
        raise JSONError(str(error)[:200]) from None
    return value


def canonical(value: Any) -> bytes:
    """The canonical form of what ``parse`` gave: no white space, members sorted by the bytes of their keys."""
    return _text(value).encode("utf-8")


def _members(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise JSONError("a key occurs twice")
    return members


def _integer(text: str) -> Any:
    # -0 is a float: an int would lose the sign.
    if len(text) > 20 or text == "-0":
        return _number(text)
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else _number(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JSONError("a number is too large")
    return value


def _constant(text: str) -> Any:
    raise JSONError(f"{text} is no JSON")


def _check(value: Any, depth: int) -> None:
    """Refuses what is nested too deeply, and strings that are no Unicode."""
    if isinstance(value, str):
        value.encode("utf-8")  # raises UnicodeEncodeError, a ValueError, at half of a surrogate pair
    elif isinstance(value, (dict, list)):
        if depth == 0:
            raise JSONError("nested too deeply")
        if isinstance(value, dict):
            for key in value:
                _check(key, depth)
            value = list(value.values())
        for element in value:
            _check(element, depth - 1)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-8"))
        return "{" + ",".join(_string(key) + ":" + _text(member) for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(element) for element in value) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _decimal(value)
    return "null" if value is None else str(value)


def _string(text: str) -> str:
    def escaped(match: "re.Match[str]") -> str:
        character = match.group()
        return "\\" + character if character in '"\\' else "\\u%04x" % ord(character)

    return '"' + _ESCAPED.sub(escaped, text) + '"'


def _decimal(value: float) -> str:
    text = repr(value)
    if not _PLAIN_IN_PYTHON[0] < abs(value) < _PLAIN_IN_PYTHON[1]:
        return text
    sign, digits = ("-" if value < 0 else ""), text.strip("-")[:-len(".0")]
    return f"{sign}{digits[0]}.{digits[1:].rstrip('0')}e+{len(digits) - 1}"
