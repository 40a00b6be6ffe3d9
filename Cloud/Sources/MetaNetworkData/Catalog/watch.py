"""Makes the tables of the data set `watch` of the file that the package seglearn ships.

Reads the file from standard input, and writes watch-statistics.csv, watch-windows.csv and watch-questions.csv to standard output,
each after its length in 8 bytes, least significant first. Python 3.8, standard library alone: the numbers are the same on every machine.

The file is a pickle, and a pickle may call anything that it names. Here it reaches the stand-ins below and nothing else: no
module is imported for it, NumPy's neither.
"""

import array
import io
import math
import pickle
import struct
import sys

CHANNELS = ["ax", "ay", "az", "wx", "wy", "wz"]
LENGTH, STRIDE = 100, 50  # 2 s and 1 s at 50 Hz


class Unexpected(Exception):
    """The file is not what this script reads."""


class ArrayType:
    """Stands for numpy.dtype."""

    def __init__(self, code, *_):
        self.code, self.order = code, "|"

    def __setstate__(self, state):
        self.order = state[1]


class Array:
    """Stands for numpy.ndarray."""

    def __setstate__(self, state):
        _, self.shape, kind, self.by_column, self.content = state
        self.kind = kind.order + kind.code

    def numbers(self, kind):
        """The elements in the order of memory."""
        if self.kind != kind or not isinstance(self.content, bytes):
            raise Unexpected("an array holds %s where %s is expected" % (self.kind, kind))
        values = array.array({"<f8": "d", "<i8": "q"}[kind])
        values.frombytes(self.content)
        if sys.byteorder == "big":
            values.byteswap()
        if len(values) != math.prod(self.shape):
            raise Unexpected("an array of the shape %s has %d elements" % (self.shape, len(values)))
        return values

    def rows(self):
        """A matrix as tuples."""
        values, (height, width) = self.numbers("<f8"), self.shape
        columns = [values[c * height:(c + 1) * height] if self.by_column else values[c::width] for c in range(width)]
        return list(zip(*columns))


def reconstruct(*_):
    """Stands for the function of numpy.core.multiarray that makes an empty array."""
    return Array()


def encode(text, encoding):
    """Stands for _codecs.encode, by which protocol 2 writes bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise Unexpected("bytes are written as latin1, not as %.40r" % (encoding,))
    return text.encode("latin1")


ADMITTED = {
    ("numpy.core.multiarray", "_reconstruct"): reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): reconstruct,
    ("numpy", "ndarray"): Array,
    ("numpy", "dtype"): ArrayType,
    ("_codecs", "encode"): encode,
}


class ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ADMITTED:
            raise Unexpected("the pickle names %.80s.%.80s; arrays alone are read, so nothing of it was" % (module, name))
        return ADMITTED[module, name]


def load(content):
    """What numpy.save wrote of a dictionary."""
    if content[:8] != b"\x93NUMPY\x01\x00":
        raise Unexpected("it is no .npy file of format 1.0")
    (length,) = struct.unpack_from("<H", content, 8)
    if b"'descr': '|O'" not in content[10:10 + length]:
        raise Unexpected("it holds no Python object")
    outer = ArrayUnpickler(io.BytesIO(content[10 + length:])).load()
    if not isinstance(outer, Array) or not isinstance(outer.content, list) or len(outer.content) != 1:
        raise Unexpected("it holds no single object")
    return outer.content[0]


def recordings(data):
    """One recording an entry: device, person, class, rows; by person, arm and exercise."""
    if data["X_labels"] != CHANNELS:
        raise Unexpected("the channels are %s" % data["X_labels"])
    columns = data["X"], data["y"].numbers("<i8"), data["subject"].numbers("<i8"), data["side"].numbers("<f8")
    if len({len(column) for column in columns}) != 1:
        raise Unexpected("recordings, exercises, people and arms are not equally many")
    found = [(person, side, exercise, matrix.rows()) for matrix, exercise, person, side in zip(*columns)]
    for person, side, exercise, rows in sorted(found, key=lambda recording: recording[:3]):
        person = "p%02d" % person
        device = person + ("-right" if side == 1 else "-left")
        yield device, person, data["y_labels"][exercise], rows


def text(values):
    """Nine digits tell any two single-precision numbers apart."""
    return ",".join("%.9g" % value for value in values)


def statistics(rows):
    """Mean and standard deviation of each channel, those of the accelerometer first. Sums are exact, so their order is no matter."""
    columns = list(zip(*rows))
    means = [math.fsum(column) / len(column) for column in columns]
    spreads = [
        math.sqrt(math.fsum((value - mean) * (value - mean) for value in column) / len(column))
        for column, mean in zip(columns, means)
    ]
    return means[:3] + spreads[:3] + means[3:] + spreads[3:]


def tables(data):
    names = [channel + "_" + what for sensor in (CHANNELS[:3], CHANNELS[3:]) for what in ("mean", "sd") for channel in sensor]
    windows = ["device,person,time,class," + ",".join(CHANNELS)]
    summary = ["device,person,time,class," + ",".join(names)]
    questions = ["device,person,time,question,class," + ",".join(names)]
    times = {}
    for device, person, exercise, rows in recordings(data):
        first = times.get(device, 0)
        times[device] = first + len(rows)
        for place, row in enumerate(rows):
            windows.append("%s,%s,%d,%s,%s" % (device, person, first + place, exercise, text(row)))
        for start in range(0, len(rows) - LENGTH + 1, STRIDE):
            values = text(statistics(rows[start:start + LENGTH]))
            summary.append("%s,%s,%d,%s,%s" % (device, person, first + start, exercise, values))
            for question, answer in (("exercise", exercise), ("arm", device.split("-")[1])):
                questions.append("%s,%s,%d,%s,%s,%s" % (device, person, first + start, question, answer, values))
    return ["\n".join(lines).encode() + b"\n" for lines in (summary, windows, questions)]


def main():
    try:
        made = tables(load(sys.stdin.buffer.read()))
    except Unexpected as error:
        sys.exit("ERROR: %s" % error)
    except Exception as error:  # Of a malformed pickle anything may be raised.
        sys.exit("ERROR: the file is damaged: %s: %.200s" % (type(error).__name__, error))
    for table in made:
        sys.stdout.buffer.write(len(table).to_bytes(8, "little") + table)


main()
