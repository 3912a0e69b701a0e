"""LSTM and GRU with rows of different lengths: recurrent.json.

Run with /usr/bin/python3 test/golden/recurrent.py. PyTorch's nn.LSTM and nn.GRU in float64 over 3 rows of up to 5 or 200 places of
4 numbers, 3 units. x = pattern("recurrent/x", [length, 3, 4]); W, R, B = pattern("recurrent/<case>/W", dims, 0.5) in the layout of ONNX: (directions,
gates * 3, 4), (directions, gates * 3, 3), (directions, 2 * gates * 3), gates i, o, f, c or z, r, n; torch has i, f, g, o and r, z, n.
`h0` and `c0` = pattern("recurrent/<case>/h0", [directions, 3, 3]) where a case has initial states.

Rows with lengths go through pack_padded_sequence. Y (length, directions, 3, 3) is zero behind their ends, Y_h and Y_c are the states at them.
loss = sum(Y * pattern("recurrent/dY", ..)) + sum(Y_h * pattern("recurrent/dY_h", ..)) + sum(Y_c * pattern("recurrent/dY_c", ..)).
Listed are the outputs and the loss's gradients by x, W, R, B, h0 and c0, but for the sequences of 200 places.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden import tensor, write

LENGTH, ROWS, SIZE, UNITS = 5, 3, 4, 3
CASES = [
    {"name": "lstm", "kind": "LSTM"},
    {"name": "lstm-lengths", "kind": "LSTM", "lengths": [5, 2, 3]},
    {"name": "lstm-both-ways", "kind": "LSTM", "lengths": [1, 5, 4], "directions": 2, "initial": True},
    {"name": "lstm-long", "kind": "LSTM", "length": 200, "lengths": [200, 57, 143]},
    {"name": "gru", "kind": "GRU"},
    {"name": "gru-lengths", "kind": "GRU", "lengths": [3, 5, 1], "initial": True},
    {"name": "gru-both-ways", "kind": "GRU", "lengths": [4, 2, 5], "directions": 2},
    {"name": "gru-long", "kind": "GRU", "length": 200, "lengths": [31, 200, 150]},
]
TO_TORCH = {"LSTM": [0, 2, 3, 1], "GRU": [1, 0, 2]}
TO_ONNX = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2]}


def ordered(value, order):
    blocks = value.split(UNITS)
    return torch.cat([blocks[gate] for gate in order])


def run(case):
    case = {"length": LENGTH, "lengths": None, "directions": 1, "initial": False, **case}
    kind, directions, lengths, length = (case[key] for key in ["kind", "directions", "lengths", "length"])
    gates = len(TO_TORCH[kind])
    own = lambda name, dims: tensor(f"recurrent/{case['name']}/{name}", dims, 0.5)
    weights = {
        "W": own("W", [directions, gates * UNITS, SIZE]),
        "R": own("R", [directions, gates * UNITS, UNITS]),
        "B": own("B", [directions, 2 * gates * UNITS]),
    }
    leaves = {"x": tensor("recurrent/x", [length, ROWS, SIZE])}
    if case["initial"]:
        leaves |= {name: own(name, [directions, ROWS, UNITS]) for name in (["h0", "c0"] if kind == "LSTM" else ["h0"])}
    for leaf in leaves.values():
        leaf.requires_grad_()
    layer = getattr(nn, kind)(SIZE, UNITS, bidirectional=directions == 2).double()
    suffixes = ["_l0", "_l0_reverse"][:directions]
    with torch.no_grad():
        for direction, suffix in enumerate(suffixes):
            halves = weights["B"][direction].split(gates * UNITS)
            given = {"weight_ih": weights["W"][direction], "weight_hh": weights["R"][direction], "bias_ih": halves[0], "bias_hh": halves[1]}
            for name, value in given.items():
                getattr(layer, name + suffix).copy_(ordered(value, TO_TORCH[kind]))
    initial = (leaves["h0"], leaves["c0"]) if "c0" in leaves else leaves.get("h0")
    given = leaves["x"] if lengths is None else pack_padded_sequence(leaves["x"], torch.tensor(lengths), enforce_sorted=False)
    y, last = layer(given, initial)
    if lengths is not None:
        y, _ = pad_packed_sequence(y, total_length=length)
    outputs = {"Y": y.reshape(length, ROWS, directions, UNITS).transpose(1, 2)}
    outputs |= {"Y_h": last[0], "Y_c": last[1]} if kind == "LSTM" else {"Y_h": last}
    loss = sum((value * tensor(f"recurrent/d{name}", list(value.shape))).sum() for name, value in outputs.items())
    loss.backward()
    slopes = lambda *names: [torch.cat([ordered(getattr(layer, name + suffix).grad, TO_ONNX[kind]) for name in names]) for suffix in suffixes]
    gradients = {"W": torch.stack(slopes("weight_ih")), "R": torch.stack(slopes("weight_hh")), "B": torch.stack(slopes("bias_ih", "bias_hh"))}
    gradients |= {name: leaf.grad for name, leaf in leaves.items()}
    flat = lambda named: {name: value.detach().flatten() for name, value in named.items() if value.numel() < 300}
    return {**case, "outputs": flat(outputs), "gradients": flat(gradients)}


if __name__ == "__main__":
    write("recurrent.json", {"cases": [run(case) for case in CASES]})
