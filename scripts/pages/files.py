"""Made-up data and files, small, in the forms that the pages' own have."""

import csv
import json
import os
import random
import shutil
import struct
import subprocess

USERS = 150  # of MovieLens-100k's 943
WATCH = [sensor + axis + kind for sensor in "aw" for kind in ("_mean", "_sd") for axis in "xyz"]


def images(path, count, size, top):
    """So many images of ten classes, as many pixels as that squared and a class in a line."""
    draw = random.Random(1)
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        for number in range(count):
            pixels = [(draw.random() < 0.1 + 0.08 * (number % 10)) * top for _ in range(size * size)]
            file.write(",".join(str(int(pixel)) for pixel in pixels) + ",%d\n" % (number % 10))


def idx(folder):
    """Images in the files of Fashion-MNIST."""
    draw = random.Random(2)
    os.makedirs(folder)
    for part, count in (("train", 300), ("t10k", 100)):
        with open(os.path.join(folder, part + "-images-idx3-ubyte"), "wb") as file:
            file.write(struct.pack(">IIII", 2051, count, 28, 28))
            file.write(bytes(min(255, draw.randrange(200) + 5 * (number % 10)) for number in range(count) for _ in range(784)))
        with open(os.path.join(folder, part + "-labels-idx1-ubyte"), "wb") as file:
            file.write(struct.pack(">II", 2049, count) + bytes(number % 10 for number in range(count)))


def table(path, header, rows):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def watch(path):
    """Windows of ten people's two watches."""
    draw = random.Random(3)
    rows = []
    for person in range(10):
        for arm in ("left", "right"):
            for time in range(40):
                label = ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")[time * 7 // 40]
                values = [round(len(label) + draw.gauss(0, 1), 3) for _ in WATCH]
                rows.append(["p%d-%s" % (person, arm), "p%d" % person, time] + values + [label])
    table(path, ["device", "person", "time"] + WATCH + ["class"], rows)


def series(path, names, header, rows, period):
    """Waves of a period with noise, a column each, or a line for each value."""
    draw = random.Random(4)
    values = [[round(5 + (place + 2) * abs((row + place) % period / period - 0.5) + draw.random(), 3) for place in range(len(names))]
              for row in range(rows)]
    dates = ["2016-%02d-%02d %02d:00:00" % (row // 672 % 12 + 1, row // 24 % 28 + 1, row % 24) for row in range(rows)]
    if header[0] == "series":
        table(path, header, [[name, time, line[place]] for place, name in enumerate(names) for time, line in zip(dates, values)])
    elif header[0] == "date":
        table(path, header, [[time] + line for time, line in zip(dates, values)])
    else:
        table(path, header, values)


def movies(root, folder):
    """MovieLens-100k's own files with the events of some users."""
    shutil.copytree(os.path.join(root, ".deps/ml-100k/"), folder)
    path = os.path.join(folder, "ml-100k.inter")
    with open(path) as file:
        header, *lines = file.readlines()
    os.remove(path)
    with open(path, "w") as file:
        file.writelines([header] + [line for line in lines if int(line.split("\t")[0]) <= USERS])


def plays(path):
    draw = random.Random(5)
    words = "to be or not that is the question whether it nobler in mind suffer".split()
    with open(path, "w") as file:
        for speech in range(120):
            file.write("%s:\n%s.\n\n" % ("ABCDEF"[speech % 6], " ".join(draw.choice(words) for _ in range(12))))


def data(root, folder):
    """The data sets that pages name, in the folder where the tool looks for them."""
    movies(root, os.path.join(folder, "ml-100k"))
    images(os.path.join(folder, "mnist-5k/mnist-5k.csv"), 200, 28, 255)
    images(os.path.join(folder, "digits/digits.csv"), 1200, 8, 16)
    idx(os.path.join(folder, "fashion-mnist"))
    watch(os.path.join(folder, "watch/watch-statistics.csv"))
    series(os.path.join(folder, "parking/parking.csv"), ["park %d" % number for number in range(5)], ["series", "time", "value"], 500, 18)
    plays(os.path.join(folder, "tinyshakespeare.txt"))


def dense(name, inputs, classes, hidden):
    """A device model of dense layers."""
    kind = inputs[0]["kind"]
    nodes = [{"name": "flat", "operation": "flatten", "inputs": [inputs[0]["name"]]}] if kind == "image" else [
        {"name": "flat", "operation": "standardize", "inputs": [inputs[0]["name"]]}]
    nodes += [{"name": "hidden", "operation": "dense", "inputs": ["flat"], "units": hidden, "activation": "relu"},
              {"name": "logits", "operation": "dense", "inputs": ["hidden"], "units": classes, "dynamic": True}]
    return {"name": name, "inputs": inputs, "nodes": nodes, "output": "logits"}


def models(folder):
    """Models of one's own that pages name."""
    image = [{"name": "image", "kind": "image", "channels": 1, "height": 28, "width": 28}]
    readings = [{"name": "readings", "kind": "vector", "width": 3}]
    windows = [{"name": "windows", "kind": "vector", "width": len(WATCH)}]
    for name, inputs, classes, hidden in (
            ("small", readings, 2, 4), ("large", readings, 2, 16), ("small-digits", image, 10, 8), ("large-digits", image, 10, 32),
            ("gestures", windows, 7, 16), ("FILE", windows, 7, 16)):
        with open(os.path.join(folder, name + ".json"), "w") as file:
            json.dump(dense(name, inputs, classes, hidden), file)


def tables(root, folder):
    """Files that lie in the folder where commands are given."""
    draw = random.Random(6)
    table(os.path.join(folder, "readings.csv"), ["device", "a", "b", "c", "class"],
          [["d%d" % device] + [round(draw.gauss(row % 2, 1), 3) for _ in range(3)] + ["yes" if row % 2 else "no"]
           for device in range(30) for row in range(40)])
    series(os.path.join(folder, "ETTh1.csv"), list("abcdef"), ["date"] + list("abcdef"), 1500, 24)
    names = ["s%d" % number for number in range(8)]
    series(os.path.join(folder, "los_speed.csv"), names, names, 900, 288)
    with open(os.path.join(folder, "los_adj.csv"), "w") as file:
        for row in range(len(names)):
            file.write(",".join("1" if abs(row - column) in (1, 7) else "0" for column in range(len(names))) + "\n")
    with open(os.path.join(folder, "movies.yaml"), "w") as file:
        file.write("width: 8\n")
    fixtures = os.path.join(root, "Cloud/Tests/MetaNetworkTrainingTests/Fixtures/recbole")
    for name, place in (("sasrec.safetensors", "sasrec.safetensors"), ("architecture.json", "sasrec.json"), ("names.json", "map.json")):
        shutil.copy(os.path.join(fixtures, name), os.path.join(folder, place))
    with open(os.path.join(folder, "items.txt"), "w") as file:
        file.writelines("film-%d\n" % number for number in range(1, 21))


def parquet(folder, environment):
    """A log of clicks in two files of Parquet."""
    code = """
import os, sys
import pyarrow as pa, pyarrow.parquet as pq
os.makedirs(sys.argv[1])
for part in range(2):
    rows = [(user, (user * 7 + step * (1 + user % 3)) % 30, step) for user in range(part, 80, 2) for step in range(20)]
    users, items, times = zip(*rows)
    pq.write_table(pa.table({"user_id": ["v%d" % user for user in users], "item_id": ["/page/%d" % item for item in items],
                             "timestamp": times}), "%s/%d.parquet" % (sys.argv[1], part))
"""
    subprocess.run(["python3", "-c", code, os.path.join(folder, "clicks")], env=environment, check=True)


def certificate(folder):
    """A certificate for the service, which nobody signed but itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "chain.pem"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
