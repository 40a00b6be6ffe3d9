"""What a client says of its device when it asks for a manifest: a coarse class of memory, and the formats of numbers that it reads."""
from __future__ import annotations

import os
from typing import Optional

from .messages import FORMATS
from .signature import CLIENT

_GIB = 1 << 30
# The classes of the W3C's Device Memory: powers of two of GiB, so that few devices are told from others.
_CLASSES = (0.25, 0.5, 1, 2, 4, 8)


def client_text(memory: Optional[int]) -> str:
    """The value of ``MetaNetwork-Client`` with what the device can do.

    Args:
        memory: Bytes of the device's memory; None where they are not known, or not to be told.
    """
    memory_class = None if memory is None else rounded(memory)
    told = "" if memory_class is None else f"; memory={memory_class:g}"
    return f"{CLIENT}{told}; formats={' '.join(FORMATS)}"


def rounded(memory: int) -> float:
    """The class of a memory: the nearest power of two of GiB, the lower of two as near, from 0.25 to 8."""
    return min(_CLASSES, key=lambda size: abs(size * _GIB - memory))


def device_memory() -> Optional[int]:
    """Bytes of this machine's memory; None where the system does not say."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return memory if memory > 0 else None
