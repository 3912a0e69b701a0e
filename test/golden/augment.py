"""Changed pictures by scipy.ndimage, torch's grid_sample and scipy.stats: augment.json.

Run with /usr/bin/python3 test/golden/augment.py. The source is planes of bytes (channels, side, side) whose element i is
(37 i + 11 (i // 7)^2) mod 256. `cases`: matrix (a, b, c, d) and shift as in src/dataset/augment.ts, with the `result`
(channels, size, size) by scipy.ndimage.affine_transform (order 1, mode nearest), after intensity and cut, normalised. The same is
computed by grid_sample (border, align_corners) and must agree. `beta`: for each alpha the quantiles of Beta(alpha, alpha) at
`levels` by scipy.stats.
"""

import math

import numpy as np
import torch
from scipy import ndimage, stats

from golden import write

MEAN, DEVIATION = [0.3, 0.2, 0.1], [0.5, 0.25, 0.2]
LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9]


def source(channels, side):
    i = np.arange(channels * side * side)
    return ((37 * i + 11 * (i // 7) ** 2) % 256).reshape(channels, side, side).astype(np.float64)


def by_scipy(planes, size, matrix, centre):
    a, b, c, d = matrix
    rows_first = np.array([[d, c], [b, a]])
    half = np.full(2, (size - 1) / 2)
    offset = np.array(centre[::-1]) - rows_first @ half
    return np.stack(
        [ndimage.affine_transform(p, rows_first, offset, output_shape=(size, size), order=1, mode="nearest") for p in planes]
    )


def by_torch(planes, size, matrix, centre):
    a, b, c, d = matrix
    side = planes.shape[-1]
    v, u = torch.meshgrid(*[torch.arange(size, dtype=torch.float64) - (size - 1) / 2] * 2, indexing="ij")
    x, y = centre[0] + a * u + b * v, centre[1] + c * u + d * v
    grid = torch.stack([x, y], -1) * 2 / (side - 1) - 1
    found = torch.nn.functional.grid_sample(
        torch.from_numpy(planes)[None], grid[None], mode="bilinear", padding_mode="border", align_corners=True
    )
    return found[0].numpy()


def case(name, channels, side, size, matrix, shift=(0.0, 0.0), intensity=1.0):
    middle = (side - size) // 2 + (size - 1) / 2
    centre = (middle + shift[0] * size, middle + shift[1] * size)
    planes = source(channels, side)
    found = by_scipy(planes, size, matrix, centre)
    assert np.abs(found - by_torch(planes, size, matrix, centre)).max() < 1e-9, name
    values = np.minimum(1, found / 255 * intensity)
    result = (values - np.reshape(MEAN[:channels], (-1, 1, 1))) / np.reshape(DEVIATION[:channels], (-1, 1, 1))
    return {
        "name": name,
        "channels": channels,
        "side": side,
        "size": size,
        "matrix": matrix,
        "shift": shift,
        "intensity": intensity,
        "result": result.flatten(),
    }


def turn(degrees, scale=1.0):
    angle = math.radians(degrees)
    c, s = math.cos(angle) / scale, math.sin(angle) / scale
    return [c, s, -s, c]


write(
    "augment.json",
    {
        "mean": MEAN,
        "deviation": DEVIATION,
        "cases": [
            case("the plain crop", 3, 9, 5, [1, 0, 0, 1]),
            case("the plain crop where sizes differ by an odd number", 1, 9, 6, [1, 0, 0, 1]),
            case("a turn by 30 degrees", 3, 9, 5, turn(30)),
            case("a turn at full size, over the edge", 1, 7, 7, turn(45)),
            case("a turn, enlarged and brighter", 3, 9, 5, turn(-70, 1.4), (0.0, 0.0), 1.5),
            case("a shift by parts of a pixel", 1, 9, 5, [1, 0, 0, 1], (0.13, -0.27)),
            case("a shift over the edge", 1, 8, 6, [1, 0, 0, 1], (0.5, -0.5)),
            case("mirrored, stretched, turned, smaller", 3, 9, 6, [-1.1, 0.4, 0.3, 1.5], (0.05, 0.1), 0.7),
        ],
        "levels": LEVELS,
        "beta": [{"alpha": alpha, "quantiles": stats.beta.ppf(LEVELS, alpha, alpha)} for alpha in [0.2, 1, 4]],
    },
)
