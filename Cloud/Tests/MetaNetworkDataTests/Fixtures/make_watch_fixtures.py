"""Writes watch.npy, a small file of the form of seglearn's watch_dataset.npy, and watch.json, what NumPy makes of it.

Run with NumPy 2: python3 make_watch_fixtures.py
"""

import json
import os
import pickle

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
random = numpy.random.default_rng(7)
labels = ["PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW"]
# Person, side (1 is right), exercise, samples.
recordings = [(2, 1, 3, 160), (1, 0, 1, 205), (2, 1, 0, 110), (1, 1, 6, 99)]
matrices = [numpy.asfortranarray(random.normal(size=(count, 6)).round(6)) for *_, count in recordings]
matrices[0] = numpy.ascontiguousarray(matrices[0])
data = {
    "X": matrices,
    "y": numpy.array([exercise for _, _, exercise, _ in recordings]),
    "side": numpy.array([float(side) for _, side, _, _ in recordings]),
    "subject": numpy.array([person for person, *_ in recordings]),
    "X_labels": ["ax", "ay", "az", "wx", "wy", "wz"],
    "y_labels": labels,
}
with open(os.path.join(HERE, "watch.npy"), "wb") as file:
    # As numpy.save, but with the pickle's protocol of seglearn's file.
    outer = numpy.array(data)
    numpy.lib.format.write_array_header_1_0(file, numpy.lib.format.header_data_from_array_1_0(outer))
    pickle.dump(outer, file, protocol=2)

windows, samples = [], []
times = {}
for place in sorted(range(len(recordings)), key=lambda place: recordings[place][:3]):
    person, side, exercise, count = recordings[place]
    device = "p%02d-%s" % (person, "right" if side else "left")
    first = times.get(device, 0)
    times[device] = first + count
    matrix = matrices[place].astype(numpy.longdouble)
    names = {"device": device, "person": "p%02d" % person, "class": labels[exercise]}
    samples.append(dict(names, time=first, values=matrices[place][0].tolist()))
    for start in range(0, count - 99, 50):
        rows = matrix[start:start + 100]
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        values = numpy.concatenate([mean[:3], spread[:3], mean[3:], spread[3:]]).astype(float).tolist()
        windows.append(dict(names, time=first + start, values=values))
with open(os.path.join(HERE, "watch.json"), "w") as file:
    json.dump({"windows": windows, "firstSamples": samples, "sampleCount": sum(r[3] for r in recordings)}, file)
