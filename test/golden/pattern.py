"""Numbers that Python and TypeScript derive alike, so that golden tests need no weight files.

value(i) = float32(offset + scale * (fmix32(fmix32(i) ^ fnv1a(name)) / 2**31 - 1)), in [offset - scale, offset + scale)

fmix32 is MurmurHash3's finalizer, fnv1a the 32-bit FNV-1a hash of the name's UTF-8 bytes. Integers, one multiplication and
one addition in float64: the same bits everywhere. The other half is test/support/pattern.ts.

Run it to write pattern.json, which checks one half against the other: /usr/bin/python3 test/golden/pattern.py
"""

import numpy as np


def fnv1a(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def fmix32(x):
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def pattern(name, dims, scale=1.0, offset=0.0):
    """A float32 array of shape `dims`, numbered in C order."""
    index = np.arange(int(np.prod(dims)), dtype=np.uint32)
    hashed = fmix32(fmix32(index) ^ np.uint32(fnv1a(name)))
    return (offset + scale * (hashed.astype(np.float64) / 2**31 - 1)).astype(np.float32).reshape(dims)


if __name__ == "__main__":
    from golden import write

    cases = []
    chosen = [("a", [3, 4], 1, 0), ("probe/0/conv1.weight", [5], 0.3, 0.5), ("größe", [2, 2], 1e-3, -7)]
    for name, dims, scale, offset in chosen:
        values = pattern(name, dims, scale, offset)
        cases.append({"name": name, "dims": dims, "scale": scale, "offset": offset, "bits": values.view(np.uint32).ravel()})
    large = pattern("large", [100_000])
    cases.append({"name": "large", "dims": [100_000], "scale": 1, "offset": 0, "tailBits": large[-4:].view(np.uint32)})
    write("pattern.json", {"cases": cases})
