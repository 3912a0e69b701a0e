"""Activations of both convolutions of the four-galaxies network as bytes: feature_maps.json.

Run with /usr/bin/python3 test/golden/feature_maps.py. Picture (29, 29, 3): floor(128 + 128 pattern("maps/picture")), divided by 255.
conv1 (8, 3, 3, 3) and conv2 (8, 8, 3, 3): weight = pattern("maps/<name>.weight", scale 0.5), bias = pattern("maps/<name>.bias", scale 0.1),
stride 2, no padding, ReLU; 2x2 max-pool between them. A map's byte is 255 (value - least) / (largest - least), 0 for a constant map.
"""

import numpy as np
import torch
from torch.nn import functional as F

from golden import tensor, write
from pattern import pattern


def convolve(x, name, channels):
    weight = tensor(f"maps/{name}.weight", [8, channels, 3, 3], 0.5)
    return F.relu(F.conv2d(x, weight, tensor(f"maps/{name}.bias", [8], 0.1), stride=2))


def layer(name, activation):
    maps = activation[0].flatten(1)
    low, high = maps.min(1, keepdim=True).values, maps.max(1, keepdim=True).values
    scaled = torch.where(high > low, 255 * (maps - low) / (high - low).clamp(min=1e-30), torch.zeros_like(maps))
    return {"name": name, "height": activation.shape[2], "width": activation.shape[3], "maps": scaled.round().int()}


if __name__ == "__main__":
    pixels = np.floor(pattern("maps/picture", [29, 29, 3], 128.0, 128.0))
    image = torch.from_numpy(pixels.astype(np.float64).transpose(2, 0, 1)[None] / 255)
    first = convolve(image, "conv1", 3)
    second = convolve(F.max_pool2d(first, 2), "conv2", 8)
    write("feature_maps.json", {"layers": [layer("conv1", first), layer("conv2", second)]})
