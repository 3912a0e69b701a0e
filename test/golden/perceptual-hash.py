"""Perceptual hashes by NumPy and SciPy: perceptual-hash.json.

Run with /usr/bin/python3 test/golden/perceptual-hash.py. Pictures are `picture(name, height, width, channels)` below: uint8 noise
on blocks of `block` pixels, from pattern.py. `margin` is the least distance of a coefficient to the median: the bits are no matter
of rounding. Only the picture without structure (block 0) has coefficients at the median; SciPy gives it rounding noise, the rule 0.
"""

import numpy as np
from scipy.fft import dctn

from golden import write
from pattern import pattern

CASES = [("square", 256, 256, 3, 16), ("wide", 150, 301, 3, 20), ("gray", 69, 69, 1, 9), ("exact", 32, 32, 1, 2),
         ("small", 20, 31, 3, 5), ("dark", 64, 100, 1, 7), ("tall", 400, 37, 3, 11), ("plain", 40, 40, 3, 0)]  # fmt: skip


def picture(name, height, width, channels, block):
    if block == 0:
        return np.full((height, width, channels), 17, np.uint8)
    y, x = np.mgrid[:height, :width] // block
    values = pattern(name, [100, 100, channels], 0.5, 0.5)[y, x].astype(float)
    noise = pattern(name + "/noise", [height, width, channels], 10, 10)
    return np.floor(values * (20 if name == "dark" else 230) + noise).astype(np.uint8)


def overlaps(size, cells):
    """(cells, size): how much of each pixel lies in each cell, as shares of the cell."""
    edges = np.arange(cells + 1) * size / cells
    low, high = edges[:-1, None], edges[1:, None]
    at = np.arange(size)
    return np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, None) * cells / size


def perceptual_hash(data):
    luma = data @ np.array([0.299, 0.587, 0.114]) if data.shape[2] == 3 else data[:, :, 0].astype(float)
    small = overlaps(luma.shape[0], 32) @ luma @ overlaps(luma.shape[1], 32).T
    low = dctn(np.log(8 + small), norm="ortho")[1:9, 1:9].ravel()
    margin = np.abs(low - np.median(low)).min()
    bits = low > np.median(low) + 1e-6
    return "".join(f"{int(''.join(map(str, bits[i:i + 4].astype(int))), 2):x}" for i in range(0, 64, 4)), margin


if __name__ == "__main__":
    cases = []
    for case in CASES:
        data = picture(*case)
        found, margin = perceptual_hash(data)
        name, height, width, channels, block = case
        assert block == 0 or margin > 1e-5, (name, margin)
        cases.append({"name": name, "height": height, "width": width, "channels": channels, "block": block,
                      "sum": int(data.sum(dtype=np.int64)), "hash": found})  # fmt: skip
    write("perceptual-hash.json", {"cases": cases})
