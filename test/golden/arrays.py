"""Small HDF5 and npz files with the pictures they hold, as h5py and numpy read them: arrays.json.

Files are kept in base64; pictures as SHA-256 of their uint8 values.
"""

import base64
import hashlib
import io
import json

import h5py
import numpy as np

rng = np.random.default_rng(7)
pictures = rng.integers(0, 256, (11, 10, 12, 3), dtype=np.uint8)
gray = pictures[..., 0]
classes = np.arange(11) % 4
one_hot = np.eye(4)[classes]


def hdf5(**arrays):
    file = io.BytesIO()
    with h5py.File(file, "w") as out:
        for name, (values, options) in arrays.items():
            out.create_dataset(name, data=values, **options)
    return file.getvalue(), arrays["images"][0]


def npz(save, scaled=None, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    data = arrays["data"] if scaled is None else np.round(arrays["data"].astype(np.float64) * scaled)
    return file.getvalue(), data.astype(np.uint8)


tiles = {"chunks": (4, 3, 5, 2), "compression": "gzip", "shuffle": True}
rows = {"chunks": (4, 10, 12, 3), "compression": "gzip", "fletcher32": True}
cases = {
    "tiles.h5": hdf5(images=(pictures, tiles), ans=(classes.astype("u1"), {})),
    "rows.h5": hdf5(images=(pictures, rows), labels=(classes, {})),
    "one-hot.hdf5": hdf5(
        images=(pictures, {}), labels=(one_hot, {}), class_names=(["spiral", "edge on", "ring", "größe"], {"dtype": h5py.string_dtype()})
    ),
    "gray.h5": hdf5(images=(gray, {"chunks": True, "compression": "gzip"})),
    "float32.npz": npz(np.savez_compressed, 255, data=(pictures / 255).astype("f4"), labels=one_hot, class_names=np.array(["a", "ß", "c", "ddd"])),
    "float64-big.npz": npz(np.savez, data=pictures.astype(">f8"), labels=classes, classes=np.array([b"a", b"bb", b"c", b"d"])),
    "float16.npz": npz(np.savez_compressed, 255, data=(gray / 255).astype("f2")),
    "uint8.npz": npz(np.savez, data=pictures, labels=classes[:, None]),
    "int16.npz": npz(np.savez_compressed, data=pictures.astype("i2"), labels=classes.astype("f4")),
    "bool.npz": npz(np.savez, 255, data=gray > 100),
}
golden = {
    name: {
        "file": base64.b64encode(data).decode(),
        "shape": list(values.shape),
        "pictures": [hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest() for value in values],
    }
    for name, (data, values) in cases.items()
}
with open("arrays.json", "w", encoding="utf-8") as out:
    json.dump(golden, out, indent=1)
    out.write("\n")
