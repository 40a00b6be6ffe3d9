#!/usr/bin/env python3
"""Makes images.json: what SciPy makes of a small image under the shifts that it knows.

    pip install numpy scipy
    python3 make_image_fixtures.py > images.json
"""
import json

import numpy as np
from scipy import ndimage

WIDTH = 9
random = np.random.default_rng(3)
image = np.round(random.random((WIDTH, WIDTH)), 3)
cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


def rotated(degrees):
    return ndimage.rotate(image, degrees, reshape=False, order=1, mode="grid-constant")


print(json.dumps({
    "width": WIDTH,
    "image": image.reshape(-1).tolist(),
    "cases": [{"kind": kind, "amount": amount, "side": side, "values": np.round(values, 7).reshape(-1).tolist()}
              for kind, amount, side, values in [
                  ("rotation", 45 / 180, 1, rotated(45)),
                  ("rotation", 100 / 180, -1, rotated(-100)),
                  ("blur", 0.4, 1, ndimage.gaussian_filter(image, 1, mode="constant", truncate=3)),
                  ("stroke", 0.5, 1, ndimage.grey_dilation(image, footprint=cross, mode="constant")),
                  ("stroke", 0.5, -1, ndimage.grey_erosion(image, footprint=cross, mode="constant")),
              ]],
}, separators=(",", ":")))
