"""A safetensors file, made and read by nothing but struct, json and numpy after the published description of the format
(https://github.com/huggingface/safetensors, README, Format).

Writes safetensors.json: the file as base64, its tensors as lists. /usr/bin/python3 test/golden/safetensors.py
Reads one as a check of ours and prints it as JSON: /usr/bin/python3 test/golden/safetensors.py FILE
"""

import base64
import json
import struct
import sys
from pathlib import Path

import numpy as np

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def encode(tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, array) in tensors.items():
        raw = array.astype(TYPES[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def decode(raw):
    (length,) = struct.unpack("<Q", raw[:8])
    assert length % 8 == 0
    header = json.loads(raw[8 : 8 + length])
    data = raw[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda pair: pair[1]["data_offsets"]):
        first, last = entry["data_offsets"]
        assert first == end
        end = last
        array = np.frombuffer(data[first:last], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = {"dtype": entry["dtype"], "shape": entry["shape"], "values": [str(v) for v in array.ravel().tolist()]}
    assert end == len(data)
    return {"metadata": metadata, "tensors": tensors}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(decode(Path(sys.argv[1]).read_bytes())))
        sys.exit()
    chosen = {"bytes": ("U8", np.array([[1, 2, 3]])), "scalar": ("F32", np.array(0.5)), "empty": ("I16", np.zeros((0, 4)))}
    for dtype in TYPES:
        values = [0, 1, 1] if dtype == "BOOL" else [1, 2, 100] if dtype[0] == "U" else [-1, 2, 100]
        chosen[f"größe/{dtype}"] = (dtype, np.array(values))
    raw = encode(chosen, {"step": "3", "": "größe"})
    content = {"file": base64.b64encode(raw).decode(), **decode(raw)}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
