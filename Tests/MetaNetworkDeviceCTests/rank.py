"""Ranks for a test, through ctypes: rank.py LIBRARY ARCHITECTURE ITEMS WEIGHTS PERSONAL HISTORIES SCORES; the files are those of rank.c.
Standard library only."""
import ctypes
import sys
from array import array
from pathlib import Path

Int32s, Floats, Bytes = ctypes.POINTER(ctypes.c_int32), ctypes.POINTER(ctypes.c_float), ctypes.c_char_p
Size, Model = ctypes.c_size_t, ctypes.c_void_p


def declared(path):
    """The library, with the types that its header says."""
    library = ctypes.CDLL(path)
    library.metanetwork_open.restype = Model
    library.metanetwork_open.argtypes = [Bytes, Size, Size, Bytes, Size, Bytes, Size]
    library.metanetwork_personalize.argtypes = [Model, Bytes, Size, Bytes, Size]
    library.metanetwork_score.argtypes = [Model, Int32s, Size, Int32s, Size, Floats, Bytes, Size]
    library.metanetwork_close.argtypes = [Model]
    return library


def main(path, architecture, items, weights, personal, histories, output):
    library, error, items = declared(path), ctypes.create_string_buffer(256), int(items)
    texts = [Path(name).read_bytes() for name in (architecture, weights, personal)]
    model = library.metanetwork_open(texts[0], len(texts[0]), items, texts[1], len(texts[1]), error, 256)
    if not model:
        sys.exit(error.value.decode())
    numbers, candidates = array("i", Path(histories).read_bytes()), (ctypes.c_int32 * items)(*range(1, items + 1))
    scores = (ctypes.c_float * items)()
    with open(output, "wb") as file:
        for is_personal in (False, True):
            if is_personal and library.metanetwork_personalize(model, texts[2], len(texts[2]), error, 256):
                sys.exit(error.value.decode())
            place = 0
            while place < len(numbers):
                history = numbers[place + 1:place + 1 + numbers[place]]
                place += 1 + len(history)
                own = (ctypes.c_int32 * len(history))(*history)
                if library.metanetwork_score(model, own, len(history), candidates, items, scores, error, 256):
                    sys.exit(error.value.decode())
                file.write(scores)
    # A refusal is text.
    if library.metanetwork_personalize(model, b"{}", 2, error, 256) == 0 or not error.value.startswith(b"safetensors"):
        sys.exit("a file that is none was taken")
    library.metanetwork_close(model)


if __name__ == "__main__":
    main(*sys.argv[1:])
