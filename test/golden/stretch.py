"""Limits and pixels of astropy.visualization for made counts and for a shared FITS file.

/usr/bin/python3 test/golden/stretch.py
"""

import base64
import json
import os
import zlib
from pathlib import Path

import astropy
import numpy as np
from astropy.io import fits
from astropy.visualization import AsinhStretch, AsymmetricPercentileInterval, LinearStretch, LogStretch, SqrtStretch, ZScaleInterval

from pattern import pattern

SHARED = Path(os.environ.get("MESSIER_SHARED_DATA") or Path(__file__).resolve().parents[2] / "../shared/data").resolve()
STRETCHES = [
    {"kind": "linear", "softening": 0.1, "low": 0.25, "high": 99.75},
    {"kind": "linear", "softening": 0.1, "low": 0, "high": 100},
    {"kind": "asinh", "softening": 0.1, "low": 0.25, "high": 99.75},
    {"kind": "asinh", "softening": 0.01, "low": 3, "high": 98.7},
    {"kind": "asinh", "softening": 1, "low": 50, "high": 51},
    {"kind": "log", "softening": 0.1, "low": 1, "high": 99},
    {"kind": "sqrt", "softening": 0.1, "low": 10, "high": 99.9},
    {"kind": "zscale", "softening": 0.1, "low": 0.25, "high": 99.75},
]


def counts():
    """Noise with bright sources and holes: skewed, as skies are."""
    noise = pattern("stretch/noise", [40, 60], 10, 100).astype(np.float64)
    y, x = np.mgrid[:40, :60]
    for cx, cy, peak, width in [(15, 12, 5000, 2.5), (44, 30, 900, 5), (50, 5, 20000, 1)]:
        noise += peak * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2))
    sky = noise.astype(np.float32)
    holes = sky.copy()
    holes[3, 10:20] = np.nan
    holes[7, 0] = np.inf
    holes[8, 0] = -np.inf
    with fits.open(SHARED / "fits/isophote/M51.fits") as file:
        galaxy = file[0].data[::-1].astype(np.float32)
    return {
        "sky": sky,
        "holes": holes,
        "colours": np.stack([sky, sky * 0.5, sky[::-1] + 30]).astype(np.float32),
        "small": sky[:3, :4],
        "tiny": sky[:1, :3],
        "uneven": sky[:37, :41],
        "ramp": np.arange(1200, dtype=np.float32).reshape(30, 40),
        "M51": galaxy,
    }


def curve(stretch):
    made = {"asinh": lambda: AsinhStretch(stretch["softening"]), "log": LogStretch, "sqrt": SqrtStretch}
    return made.get(stretch["kind"], LinearStretch)()


def limits(values, stretch):
    if stretch["kind"] == "zscale":
        return ZScaleInterval().get_limits(values)
    return AsymmetricPercentileInterval(stretch["low"], stretch["high"]).get_limits(values)


if __name__ == "__main__":
    content = {"astropy": astropy.__version__, "counts": {}, "cases": []}
    for name, array in counts().items():
        shape = [1, *array.shape][-3:]
        if name != "M51":
            packed = base64.b64encode(zlib.compress(array.astype("<f4").tobytes(), 9)).decode() if name in ("sky", "tiny") else ""
            content["counts"][name] = {"shape": shape, "data": packed}
        values = array.astype(np.float64)
        for stretch in STRETCHES:
            low, high = (float(v) for v in limits(values, stretch))
            y = curve(stretch)((values - low) / (high - low), clip=True)
            y[np.isnan(values)] = 0
            pixels = np.floor(255 * y + 0.5).astype("u1").reshape(shape).transpose(1, 2, 0)
            case = {"counts": name, "stretch": stretch, "low": low, "high": high, "sum": int(pixels.sum(dtype=np.int64))}
            at = np.linspace(0, pixels.size - 1, 40).astype(int)
            content["cases"].append({**case, "at": at.tolist(), "pixels": pixels.ravel()[at].tolist()})
    path = Path(__file__).with_suffix(".json")
    text = json.dumps(content).replace('{"counts": "', '\n{"counts": "')
    path.write_text(text + "\n")
    print(f"{len(content['cases'])} cases, {path.stat().st_size} bytes")
