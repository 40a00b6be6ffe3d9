#!/usr/bin/env python3
"""Makes png/: PNG files of several colour types by Pillow, and png.json with their grey values by NumPy.

Run with numpy 2.4.6 and pillow 13.0.0: python3 make_png_fixtures.py. Colours become their luminance in linear light (Rec. 709).
"""
import json
import os

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(5)


def luminance(colours):
    encoded = colours.astype(np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    grey = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(grey <= 0.0031308, grey * 12.92, 1.055 * grey ** (1 / 2.4) - 0.055)


grey = random.integers(0, 256, (3, 4), dtype=np.uint8)
colour = random.integers(0, 256, (3, 4, 3), dtype=np.uint8)
palette = Image.fromarray(colour).quantize(8)
bits = (grey > 127).astype(np.uint8) * 255
files = {
    "grey": (Image.fromarray(grey), grey / 255),
    "colour": (Image.fromarray(colour), luminance(colour)),
    "palette": (palette, luminance(np.asarray(palette.convert("RGB")))),
    "bits": (Image.fromarray(bits).convert("1"), bits / 255),
}
os.makedirs(os.path.join(here, "png"), exist_ok=True)
for name, (image, _) in files.items():
    image.save(os.path.join(here, "png", f"{name}.png"))
with open(os.path.join(here, "png.json"), "w") as file:
    json.dump({name: np.round(values, 6).ravel().tolist() for name, (_, values) in files.items()}, file)
