"""What the golden scripts share: summaries of large tensors, and JSON with 9 significant digits, diffable by line."""

import json
from pathlib import Path

import numpy as np
import torch

from pattern import pattern

SAMPLES = 6


def tensor(name, dims, scale=1.0, offset=0.0, dtype=torch.float64):
    return torch.from_numpy(pattern(name, dims, scale, offset)).to(dtype)


def relative_error(value, reference):
    """||value - reference|| / ||reference||"""
    return (value.detach().double() - reference.detach()).norm().item() / reference.norm().item()


def summary(name, value, float32):
    """Of one tensor: L2 norm, sum, largest magnitude, dot products with the patterns `probe/0..2/<name>` of its size,
    six elements by flat index, and the relative L2 error of PyTorch's own float32 result."""
    flat = value.detach().flatten()
    at = [int(i) for i in np.unique(np.linspace(0, flat.numel() - 1, SAMPLES).astype(int))]
    return {
        "norm": flat.norm(),
        "sum": flat.sum(),
        "max": flat.abs().max(),
        "dots": [flat @ tensor(f"probe/{k}/{name}", [flat.numel()]) for k in range(3)],
        "at": at,
        "values": flat[at],
        "float32Error": float(f"{relative_error(float32, value):.1e}"),
    }


def total_norm(tensors):
    return sum(value.detach().pow(2).sum().item() for value in tensors.values()) ** 0.5


def summaries(exact, single):
    """A summary of each tensor, or {"zero": true} where it is zero but for rounding."""
    total = total_norm(exact)
    found = {}
    for name, value in exact.items():
        found[name] = {"zero": True} if value.norm() < 1e-12 * total else summary(name, value, single[name])
    print(f"  worst float32 error {max((entry.get('float32Error', 0) for entry in found.values()), default=0):.1e}")
    return found


def plain(value):
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (torch.Tensor, np.ndarray, np.generic)):
        return plain(value.tolist())
    return float(f"{value:.9g}") if isinstance(value, float) else value


def write(file, content):
    """One line for each key of the top level, or for each of its entries where it holds objects."""
    line = lambda value: json.dumps(value, ensure_ascii=False)
    parts = []
    for key, value in plain(content).items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = "[\n" + ",\n".join("  " + line(entry) for entry in value) + "\n ]"
        elif isinstance(value, dict) and any(isinstance(entry, dict) for entry in value.values()):
            value = "{\n" + ",\n".join(f"  {line(name)}: {line(entry)}" for name, entry in value.items()) + "\n }"
        else:
            value = line(value)
        parts.append(f" {line(key)}: {value}")
    path = Path(__file__).parent / file
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")
    print(f"{file}: {path.stat().st_size} bytes")
