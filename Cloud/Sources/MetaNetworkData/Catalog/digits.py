"""Makes the images of the data set `digits` of the file that the package scikit-learn ships.

Reads the file from standard input, and writes digits.csv to standard output after its length in 8 bytes, least significant first. The file
has one image a line: 64 shades from 0 (background) to 16 (stroke), then the digit. Shades become 0 to 255, as other images have them.
"""

import sys

rows = []
for number, line in enumerate(sys.stdin.read().splitlines(), 1):
    values = [int(value) for value in line.split(",")]
    if len(values) != 65 or not all(0 <= value <= 16 for value in values):
        sys.exit("ERROR: line %d is not 64 shades of 0 to 16 and a digit" % number)
    rows.append(",".join("%d" % ((255 * value + 8) // 16) for value in values[:-1]) + ",%d" % values[-1])
made = "\n".join(rows).encode() + b"\n"
sys.stdout.buffer.write(len(made).to_bytes(8, "little") + made)
