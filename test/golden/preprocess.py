"""Crop, antialiased resize and normalisation by torchvision: preprocess.json.

Run with /usr/bin/python3 test/golden/preprocess.py. The picture of a case is uint8 (channels, height, width) with
pixel[i] = floor(128 + 128 pattern(i)) of the name `picture/<height>x<width>`. Of the result (channels, size, size), in float64,
`values` holds the elements at the flat indices `at`, and `sum` and `dots` are over all of them, dots with
the patterns `probe/0..2` of its size.
"""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import functional

from golden import write
from pattern import pattern

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CASES = [
    # channels, height, width, size, crop, stretched
    (3, 64, 64, 64, 1),
    (3, 256, 256, 72, 1),
    (3, 256, 256, 64, 0.9),
    (1, 1, 1, 8, 1),
    (1, 1, 5, 9, 0.3),
    (3, 17, 31, 64, 1),
    (1, 33, 20, 65, 0.7),
    (3, 99, 150, 50, 0.55),
    (1, 150, 151, 37, 0.8),
    (1, 2000, 1333, 48, 1),
    (1, 1400, 2000, 224, 0.75),
    (3, 31, 17, 24, 1, True),
    (3, 99, 150, 50, 0.55, True),
    (1, 20, 333, 48, 1, True),
]


def picture(channels, height, width):
    values = pattern(f"picture/{height}x{width}", [channels, height, width], 128.0, 128.0)
    return torch.from_numpy(np.floor(values).astype(np.uint8))


def cropped(length, crop):
    return max(1, int(np.floor(np.float32(crop) * np.float32(length) + np.float32(0.5))))


def run(channels, height, width, size, crop, stretched=False):
    image = picture(channels, height, width)
    side = cropped(min(height, width), crop)
    high, wide = (cropped(height, crop), cropped(width, crop)) if stretched else (side, side)
    top, left = (height - high) // 2, (width - wide) // 2
    square = image[:, top : top + high, left : left + wide]
    resized = functional.resize(square.double(), [size, size], antialias=True)
    pil = [np.asarray(Image.fromarray(plane.float().numpy(), "F").resize((size, size), Image.BILINEAR)) for plane in square]
    np.testing.assert_allclose(resized.numpy(), np.stack(pil), atol=1e-2)
    result = functional.normalize(resized / 255, MEAN[:channels], DEVIATION[:channels]).double()
    flat = result.flatten()
    at = [int(i) for i in np.unique(np.linspace(0, len(flat) - 1, 40).astype(int))]
    probes = [torch.from_numpy(pattern(f"probe/{k}", [len(flat)])).double() for k in range(3)]
    return {
        "channels": channels, "height": height, "width": width, "size": size, "crop": crop, "side": side,
        "fit": "stretch" if stretched else "crop",
        "sum": flat.sum(), "dots": [flat @ probe for probe in probes], "at": at, "values": flat[at],
    }  # fmt: skip


if __name__ == "__main__":
    write("preprocess.json", {"mean": MEAN, "deviation": DEVIATION, "cases": [run(*case) for case in CASES]})
