"""Writes what files of prepared interactions hold to standard output, in pieces of little-endian numbers.

Usage: python3 prepared.py    Each line of standard input asks for a file: ["items"|"users"|"histories"|"choices", PATH]. A piece of names: how many (8 bytes),
their ids (4 bytes each), the lengths of the texts (4 each), how long all are together (8), the texts. A piece of histories: how many users (8), their ids (4 each),
the lengths of their histories (4 each), how long all are together (8), items (4 each), seconds (8 each). Choices are histories without the seconds. After
the last piece of a file comes -1 (8). It ends with standard input.
"""
import json
import signal
import struct
import sys
import warnings

# Ctrl-C in a terminal, and SIGTERM of some launchers, reach every process of a run: whoever asks decides what is read before the end.
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
# Nobody reads what is said here before the end.
warnings.simplefilter("ignore")

try:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
except ModuleNotFoundError:
    sys.exit(5)

OUT = sys.stdout.buffer


def column(batch, name, kind):
    index = batch.schema.get_field_index(name)
    if index < 0:
        sys.exit("ERROR it has no column '%s'" % name)
    array = batch.column(index).cast(kind)
    if array.null_count:
        sys.exit("ERROR its column '%s' has rows without a value" % name)
    return array


def numbers(array, width):
    """The values, whatever part of their buffer they are."""
    return memoryview(array.buffers()[1])[array.offset * width:(array.offset + len(array)) * width]


def count(number):
    OUT.write(struct.pack("<q", number))


def names(batch, name):
    texts = column(batch, name, pa.string())
    count(len(texts))
    OUT.write(numbers(column(batch, "id", pa.int32()), 4))
    OUT.write(numbers(pc.binary_length(texts), 4))
    ends = memoryview(texts.buffers()[1]).cast("i")
    first, last = ends[texts.offset], ends[texts.offset + len(texts)]
    count(last - first)
    OUT.write(memoryview(texts.buffers()[2])[first:last])


def choices(batch):
    users, items = column(batch, "user", pa.int32()), column(batch, "items", pa.list_(pa.int32()))
    lengths, items = pc.list_value_length(items), items.flatten()
    if items.null_count:
        sys.exit("ERROR a history has an event without item")
    count(len(users))
    OUT.write(numbers(users, 4))
    OUT.write(numbers(lengths, 4))
    count(len(items))
    OUT.write(numbers(items, 4))
    return lengths


def histories(batch):
    times = column(batch, "times", pa.list_(pa.float64()))
    if not choices(batch).equals(pc.list_value_length(times)):
        sys.exit("ERROR a user has another number of times than of items")
    times = times.flatten()
    if times.null_count:
        sys.exit("ERROR a history has an event without time")
    OUT.write(numbers(times, 8))


def write(kind, path):
    for batch in pq.ParquetFile(path).iter_batches(batch_size=8192, columns=KINDS[kind]):
        if not batch.num_rows:
            continue
        if kind == "histories":
            histories(batch)
        elif kind == "choices":
            choices(batch)
        else:
            names(batch, kind[:-1])
    count(-1)
    OUT.flush()


KINDS = {"items": ["id", "item"], "users": ["id", "user"], "histories": ["user", "items", "times"],
         "choices": ["user", "items"]}
try:
    for line in sys.stdin.buffer:
        write(*json.loads(line))
except (pa.ArrowException, OSError) as error:
    sys.exit("ERROR " + str(error).splitlines()[0])
