"""FITS files and what astropy reads from them: small ones made here, kept as base64 of their gzip, and figures of the shared ones.

Values are those of `data[::-1]`, the rows from the top. /usr/bin/python3 test/golden/fits.py
"""

import base64
import gzip
import io
import json
import os
import tempfile
import warnings
from pathlib import Path

import astropy
import numpy as np
from astropy.io import fits

from pattern import pattern

SHARED = Path(os.environ.get("MESSIER_SHARED_DATA") or Path(__file__).resolve().parents[2] / "../shared/data").resolve()
LONG = "long text with 'quotes' and / more & more " * 6 + "end"
warnings.simplefilter("ignore")


def listed(array):
    """As float32; NaN and infinities as text, which JSON lacks."""
    values = np.asarray(array, np.float64).astype(np.float32).ravel()
    return [float(v) if np.isfinite(v) else str(v) for v in values]


def packed(raw):
    return base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()


def saved(hdus):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "saved.fits"
        (hdus if isinstance(hdus, fits.HDUList) else fits.HDUList([hdus])).writeto(path, output_verify="ignore")
        return path.read_bytes()


def patched(raw, old, new):
    """One card replaced by another."""
    assert raw.count(old.encode()) == 1, old
    at = raw.index(old.encode())
    return raw[:at] + new.ljust(80).encode() + raw[at + 80 :]


def images():
    """Name, file, and which unit and planes fitsCounts takes."""
    integers = {8: ("u1", 0, 255), 16: (">i2", -(2**15), 2**15 - 1), 32: (">i4", -(2**31), 2**31 - 1), 64: (">i8", -(2**63), 2**63 - 1)}
    for bits, (kind, low, high) in integers.items():
        values = np.round(pattern(f"fits/{bits}", [4, 5], 100, 100)).astype(kind)
        values[0, :2] = low, high
        yield f"{bits}", saved(fits.PrimaryHDU(values)), 0, slice(0, 1)
        blank = fits.PrimaryHDU(values)
        blank.header["BLANK"] = int(values[1, 1])
        blank.header["BSCALE"], blank.header["BZERO"] = 0.25, -7.5
        yield f"{bits} scaled with blanks", saved(blank), 0, slice(0, 1)
        offset = {8: -128, 16: 2**15, 32: 2**31, 64: 2**63}[bits]
        other = fits.PrimaryHDU(values)
        other.header["BZERO"] = float(offset)
        yield f"{bits} with the other sign", saved(other), 0, slice(0, 1)
    for bits, kind in {-32: ">f4", -64: ">f8"}.items():
        values = pattern(f"fits/{bits}", [4, 5], 1000).astype(kind)
        values[2, :3] = np.nan, np.inf, -np.inf
        yield f"{bits}", saved(fits.PrimaryHDU(values)), 0, slice(0, 1)
        scaled = fits.PrimaryHDU(values)
        scaled.header["BSCALE"], scaled.header["BZERO"] = -2.0, 1e3
        yield f"{bits} scaled", saved(scaled), 0, slice(0, 1)
    plane = pattern("fits/plane", [4, 5], 10).astype(">f4")
    table = fits.BinTableHDU.from_columns([fits.Column("a", "E", array=np.arange(7.0))])
    text = fits.TableHDU.from_columns([fits.Column("a", "A3", array=["x", "yy"])])
    units = [fits.PrimaryHDU(), table, text, fits.ImageHDU(name="EMPTY"), fits.ImageHDU(plane, name="SCI"), fits.ImageHDU(plane * 2)]
    yield "several units", saved(fits.HDUList(units)), 4, slice(0, 1)
    cube = pattern("fits/cube", [3, 4, 5], 10).astype(">f4")
    yield "three planes", saved(fits.PrimaryHDU(cube)), 0, slice(0, 3)
    yield "two planes", saved(fits.PrimaryHDU(cube[:2])), 0, slice(0, 1)
    yield "four axes", saved(fits.PrimaryHDU(cube[:2].reshape(2, 1, 4, 5))), 0, slice(0, 1)
    whole = saved(fits.PrimaryHDU(plane))
    yield "without the filling at its end", whole[: 2880 + plane.nbytes], 0, slice(0, 1)
    yield "with special records after it", whole + b"\0" * 2880 + b"anything", 0, slice(0, 1)
    groups = fits.GroupData(np.zeros((2, 1, 2, 3), ">f4"), bitpix=-32, parnames=["u"], pardata=[np.zeros(2)])
    yield "random groups", saved(fits.HDUList([fits.GroupsHDU(groups), fits.ImageHDU(plane)])), 1, slice(0, 1)


def counts(raw, unit, planes):
    with fits.open(io.BytesIO(raw), uint=False) as file:
        data = file[unit].data
        data = data.reshape(-1, *data.shape[-2:])[planes, ::-1]
        return {"width": data.shape[2], "height": data.shape[1], "planes": data.shape[0], "data": listed(data)}


def header():
    """Cards of every kind, and what astropy makes of them."""
    unit = fits.PrimaryHDU(np.zeros((2, 2), "u1"))
    for key, value, comment in [
        ("TEXT", "it's a 'quoted' text / not a comment", "about it"),
        ("EMPTY", "", ""),
        ("BLANKS", "  leading and trailing  ", ""),
        ("LONG", LONG, "a comment that is long as well"),
        ("YES", True, ""),
        ("NO", False, "no"),
        ("WHOLE", -12345, ""),
        ("REAL", 1.5e-30, "in m"),
        ("LARGE", 2**60, ""),
        ("HIERARCH ESO TEL AIRM END", 1.25, "airmass"),
        ("HIERARCH ESO Long Keyword Name", "text", ""),
    ]:
        unit.header[key] = (value, comment)
    unit.header["NOTHING"] = None
    unit.header.add_comment("a comment = no value")
    unit.header.add_history("history / of it")
    raw = saved(unit)
    card = "REAL    =              1.5E-30 / in m"
    raw = patched(raw, card, "REAL    =              1.5D-30 / in m")
    values = {}
    for card in fits.Header.fromstring(raw.split(b"END" + b" " * 77)[0]).cards:
        if card.keyword in ("", "COMMENT", "HISTORY") or isinstance(card.value, fits.card.Undefined):
            continue
        # astropy 5.2 writes long strings with quotes well and reads them wrongly: what was put in is the truth.
        if card.keyword == "LONG":
            values["LONG"] = [LONG, "a comment that is long as well"]
            continue
        values[card.keyword.upper()] = [float(card.value) if isinstance(card.value, float) else card.value, card.comment]
    return {"file": packed(raw), "values": values}


def shared():
    found = {}
    for path in sorted(SHARED.glob("fits/**/*.fits")):
        with fits.open(path) as file:
            unit = next(u for u in file if u.data is not None and u.data.ndim > 1)
            data = np.asarray(unit.data, np.float64).astype(np.float32).astype(np.float64)[::-1]
            at = [int(i) for i in np.linspace(0, data.size - 1, 12)]
            found[path.relative_to(SHARED).as_posix()] = {
                "bitpix": fits.getheader(path, file.index(unit)).get("BITPIX"),
                "width": data.shape[1],
                "height": data.shape[0],
                "blank": int(np.isnan(data).sum()),
                "sum": float(np.nansum(data)),
                "squares": float(np.nansum(data**2)),
                "min": float(np.nanmin(data)),
                "max": float(np.nanmax(data)),
                "at": at,
                "values": listed(data.ravel()[at]),
                "cards": len(unit.header.cards),
            }
    return found


def compressed():
    plane = np.round(pattern("fits/packed", [16, 16], 100)).astype(">i2")
    return {m: packed(saved(fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(plane, compression_type=m)]))) for m in ("RICE_1", "GZIP_1")}


if __name__ == "__main__":
    made = {name: {"file": packed(raw), "unit": unit, **counts(raw, unit, planes)} for name, raw, unit, planes in images()}
    content = {"astropy": astropy.__version__, "made": made, "header": header(), "compressed": compressed(), "shared": shared()}
    path = Path(__file__).with_suffix(".json")
    lines = json.dumps(content, indent=1, ensure_ascii=False)
    path.write_text(lines + "\n")
    print(f"{len(made)} made, {len(content['shared'])} shared, {path.stat().st_size} bytes")
