"""Brightness profiles from scipy and Lupton's colours from astropy: sky.json. Run with /usr/bin/python3 test/golden/sky.py."""

import json
from pathlib import Path

import numpy as np
from astropy.visualization import make_lupton_rgb
from scipy.special import gammaincinv, k1

INDICES = [1, 1.5, 2, 4, 6]
PLACES = [0.01, 0.3, 1, 2, 2.5, 5, 10]
SIDE = 12

rng = np.random.default_rng(1)
# From sky that falls below zero to stars that saturate.
planes = [np.round(rng.normal(0, 0.05, (SIDE, SIDE)) + 10 ** rng.uniform(-2, 1.5, (SIDE, SIDE)), 4) for _ in range(3)]
cases = [
    {"q": q, "stretch": stretch, "black": black, "pixels": make_lupton_rgb(*planes, minimum=black, stretch=stretch, Q=q).ravel().tolist()}
    for q, stretch, black in [(8, 5, 0), (8, 0.4, 0.05), (2, 1, 0)]
]
golden = {
    "sersicB": [[n, float(gammaincinv(2 * n, 0.5))] for n in INDICES],
    "besselK1": [[x, float(k1(x))] for x in PLACES],
    "lupton": {"side": SIDE, "planes": [plane.ravel().tolist() for plane in planes], "cases": cases},
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
