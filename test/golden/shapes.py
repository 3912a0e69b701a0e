"""Writes test/golden/shapes.json: random small graphs and what the reference implementation infers of them.

    /usr/bin/python3 test/golden/shapes.py ../shared/data        (Debian's python3-onnx, 1.12)

Each entry holds a model (base64), and type and shape of every value that onnx.shape_inference knows. Of the model files
under the folder given only names, types and shapes are kept.
"""

import base64
import json
import random
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference
import numpy as np

rng = random.Random(20260721)
F, I, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
entries = []


def size(dim):
    """A number, a name the file gave, or None. Sizes that the reference itself names are unknown."""
    if dim.HasField("dim_value"):
        return dim.dim_value
    return None if not dim.dim_param or dim.dim_param.startswith("unk__") else dim.dim_param


def known(model, given):
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    values = {}
    for info in list(inferred.graph.value_info) + list(inferred.graph.output):
        tensor = info.type.tensor_type
        if info.name in given or not tensor.elem_type:
            continue
        shape = None
        if tensor.HasField("shape"):
            shape = [size(dim) for dim in tensor.shape.dim]
        values[info.name] = [tensor.elem_type, shape]
    return values


def case(name, nodes, inputs, constants=(), outputs=None, opset=17):
    """Keeps the graph where the reference accepts it."""
    produced = [o for n in nodes for o in n.output if o]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(k, t, s) for k, (t, s) in inputs.items()],
        [onnx.ValueInfoProto(name=o) for o in outputs or produced[-1:]],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in dict(constants).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    try:
        values = known(model, inputs)
    except Exception as error:
        rejected.append((name, str(error).split("\n")[0][:150]))
        return
    for output in model.graph.output:  # the declared type is the inferred one, without its shape
        output.type.tensor_type.elem_type = values[output.name][0]
    entries.append({"name": name, "model": base64.b64encode(model.SerializeToString()).decode(), "values": values})


rejected = []
node = helper.make_node


def dims(rank, low=1, high=9):
    return [rng.randint(low, high) for _ in range(rank)]


def convolutions():
    for _ in range(12):
        rank, group = rng.randint(1, 3), rng.choice([1, 1, 2, 4])
        c, m, k = group * rng.randint(1, 3), group * rng.randint(1, 3), dims(rank, 1, 4)
        attributes = {"group": group, "strides": dims(rank, 1, 3), "dilations": dims(rank, 1, 2)}
        pad = rng.choice(["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
        if pad == "NOTSET":
            attributes["pads"] = dims(2 * rank, 0, 2)
        else:
            attributes["auto_pad"] = pad
            attributes["dilations"] = [1] * rank
        x = {"x": (F, ["N", c, *dims(rank, 9, 20)])}
        case("Conv", [node("Conv", ["x", "w"], ["y"], **attributes)], x, {"w": np.zeros([m, c // group, *k], "f")})
        attributes["output_padding"] = [rng.randint(0, s - 1) for s in attributes["strides"]]
        if pad != "NOTSET":
            del attributes["output_padding"]
        case(
            "ConvTranspose",
            [node("ConvTranspose", ["x", "w"], ["y"], **attributes)],
            x,
            {"w": np.zeros([c, m // group, *k], "f")},
        )


def poolings():
    for _ in range(12):
        rank = rng.randint(1, 3)
        shape = ["N", 3, *dims(rank, 9, 20)]
        attributes = {"kernel_shape": dims(rank, 2, 4), "strides": dims(rank, 1, 3), "pads": dims(2 * rank, 0, 1)}
        case("LpPool", [node("LpPool", ["x"], ["y"], **attributes)], {"x": (F, shape)})
        # The reference counts windows that start in the end padding when it rounds up; ONNX Runtime and opset 22's text do not.
        begins, ends = attributes["pads"][:rank], attributes["pads"][rank:]
        per_axis = zip(shape[2:], begins, ends, attributes["kernel_shape"], attributes["strides"])
        starts_inside = all((-(-(n + b + e - k) // s)) * s < n + b for n, b, e, k, s in per_axis)
        attributes["ceil_mode"] = int(starts_inside)
        case("AveragePool", [node("AveragePool", ["x"], ["y"], **attributes)], {"x": (F, shape)})
        attributes["dilations"] = [1] * rank if starts_inside else dims(rank, 1, 2)
        case("MaxPool", [node("MaxPool", ["x"], ["y", "i"], **attributes)], {"x": (F, shape)}, outputs=["y", "i"])
        same = {key: attributes[key] for key in ("kernel_shape", "strides")}
        same["auto_pad"] = rng.choice(["SAME_UPPER", "VALID"])
        case("MaxPool", [node("MaxPool", ["x"], ["y"], **same)], {"x": (F, shape)})
    for op in ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]:
        case(op, [node(op, ["x"], ["y"])], {"x": (F, ["N", 4, "H", 7])})


def elementwise():
    unary = (
        "Abs Neg Relu Sigmoid Tanh Exp Log Sqrt Erf Softplus Softsign HardSigmoid HardSwish Elu Selu Celu LeakyRelu Floor Ceil "
        "Round Sign Sin Cosh Reciprocal Clip Softmax LogSoftmax Hardmax LRN Not IsNaN IsInf Identity"
    )
    for op in unary.split():
        kind = B if op == "Not" else F
        case(op, [node(op, ["x"], ["y"], **({"size": 3} if op == "LRN" else {}))], {"x": (kind, ["N", *dims(3)])})
    for op in "Add Sub Mul Div Pow Min Max Sum Mean Mod PRelu Equal Greater Less LessOrEqual GreaterOrEqual And Or Xor".split():
        shape = dims(rng.randint(1, 4))
        other = [d if rng.random() < 0.6 else 1 for d in shape][rng.randint(0, len(shape) - 1) :]
        kind = B if op in ("And", "Or", "Xor") else I if op == "Mod" else F
        case(op, [node(op, ["a", "b"], ["y"])], {"a": (kind, shape), "b": (kind, other)})
        case(op, [node(op, ["a", "b"], ["y"])], {"a": (kind, ["N", *shape]), "b": (kind, other)})
    case("Where", [node("Where", ["c", "a", "b"], ["y"])], {"c": (B, [4, 1]), "a": (F, [1, 5]), "b": (F, [3, 1, 1])})
    for target in (F, I, B, TensorProto.INT32, TensorProto.DOUBLE):
        case("Cast", [node("Cast", ["x"], ["y"], to=target)], {"x": (F, ["N", 3])})
    case("CastLike", [node("CastLike", ["x", "t"], ["y"])], {"x": (F, [2, 3]), "t": (I, [1])})
    case("Dropout", [node("Dropout", ["x"], ["y", "m"])], {"x": (F, ["N", 3])}, outputs=["y", "m"])


def products():
    for _ in range(8):
        m, k, n = dims(3)
        ta, tb = rng.randint(0, 1), rng.randint(0, 1)
        a, b = ([k, m] if ta else [m, k]), ([n, k] if tb else [k, n])
        case("Gemm", [node("Gemm", ["a", "b", "c"], ["y"], transA=ta, transB=tb)], {"a": (F, a), "b": (F, b), "c": (F, [n])})
        batch = dims(rng.randint(0, 2), 2, 4)
        case("MatMul", [node("MatMul", ["a", "b"], ["y"])], {"a": (F, [*batch, m, k]), "b": (F, [k, n])})
        case("MatMul", [node("MatMul", ["a", "b"], ["y"])], {"a": (F, ["N", *batch, m, k]), "b": (F, [*batch, k, n])})
        case("MatMul", [node("MatMul", ["a", "b"], ["y"])], {"a": (F, [k]), "b": (F, [*batch, k, n])})
        case("MatMul", [node("MatMul", ["a", "b"], ["y"])], {"a": (F, [*batch, m, k]), "b": (F, [k])})
    for equation, shapes in [
        ("bij,bjk->bik", [[2, 3, 4], [2, 4, 5]]),
        ("ij,j", [[3, 4], [4]]),
        ("...ij,...jk->...ik", [[2, 3, 4, 5], [2, 3, 5, 6]]),
        ("ii->i", [[4, 4]]),
        ("bhwc->bchw", [[2, 3, 4, 5]]),
    ]:
        names = list("ab")[: len(shapes)]
        case("Einsum", [node("Einsum", names, ["y"], equation=equation)], {k: (F, s) for k, s in zip(names, shapes)})


def reductions():
    for op in "ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare".split():
        axes = rng.sample([-1, 0, 1, 2][1:], rng.randint(1, 2))
        case(op, [node(op, ["x"], ["y"], axes=axes, keepdims=rng.randint(0, 1))], {"x": (F, ["N", *dims(2)])})
    for keep in (0, 1):
        case("ReduceMean", [node("ReduceMean", ["x"], ["y"], keepdims=keep)], {"x": (F, ["N", 3, 4])})
        case(
            "ReduceSum",
            [node("ReduceSum", ["x", "axes"], ["y"], keepdims=keep)],
            {"x": (F, ["N", 3, 4])},
            {"axes": np.array([-1, 1])},
        )
        case("ReduceSum", [node("ReduceSum", ["x"], ["y"], keepdims=keep, noop_with_empty_axes=1)], {"x": (F, ["N", 3, 4])})
        case("ReduceSum", [node("ReduceSum", ["x"], ["y"], keepdims=keep, axes=[2])], {"x": (F, ["N", 3, 4])}, opset=11)
        case("ArgMax", [node("ArgMax", ["x"], ["y"], axis=1, keepdims=keep)], {"x": (F, ["N", 3, 4])})
        case("ArgMin", [node("ArgMin", ["x"], ["y"], axis=-1, keepdims=keep)], {"x": (F, ["N", 3, 4])})
    case(
        "TopK",
        [node("TopK", ["x", "k"], ["v", "i"], axis=1)],
        {"x": (F, ["N", 9, 4])},
        {"k": np.array([5])},
        outputs=["v", "i"],
    )


def axes():
    for target in ([0, -1], [-1, 4], [2, 0, -1], [0, 2, 3, -1], [6, 20], [-1]):
        case("Reshape", [node("Reshape", ["x", "s"], ["y"])], {"x": (F, [6, 4, 5])}, {"s": np.array(target)})
    case("Reshape", [node("Reshape", ["x", "s"], ["y"])], {"x": (F, ["N", 8, 7, 7])}, {"s": np.array([0, -1])})
    for axis in (0, 1, 2, 3, -1):
        case("Flatten", [node("Flatten", ["x"], ["y"], axis=axis)], {"x": (F, [2, 3, 4])})
    case("Squeeze", [node("Squeeze", ["x", "a"], ["y"])], {"x": (F, ["N", 1, 3, 1])}, {"a": np.array([1, -1])})
    case("Squeeze", [node("Squeeze", ["x"], ["y"])], {"x": (F, [2, 1, 3, 1])})
    case("Squeeze", [node("Squeeze", ["x"], ["y"], axes=[1])], {"x": (F, [2, 1, 3, 1])}, opset=11)
    case("Unsqueeze", [node("Unsqueeze", ["x", "a"], ["y"])], {"x": (F, ["N", 3])}, {"a": np.array([0, -1])})
    for _ in range(6):
        order = rng.sample(range(4), 4)
        case("Transpose", [node("Transpose", ["x"], ["y"], perm=order)], {"x": (F, ["N", *dims(3)])})
    case("Transpose", [node("Transpose", ["x"], ["y"])], {"x": (F, ["N", 3, 4])})
    for mode in ("DCR", "CRD"):
        case("DepthToSpace", [node("DepthToSpace", ["x"], ["y"], blocksize=2, mode=mode)], {"x": (F, [2, 12, 3, 4])})
    case("SpaceToDepth", [node("SpaceToDepth", ["x"], ["y"], blocksize=2)], {"x": (F, [2, 3, 6, 4])})


def movements():
    for _ in range(5):
        a, b = dims(3), None
        axis = rng.randint(-3, 2)
        b = list(a)
        b[axis] = rng.randint(1, 5)
        case("Concat", [node("Concat", ["a", "b"], ["y"], axis=axis)], {"a": (F, a), "b": (F, b)})
    case(
        "Split",
        [node("Split", ["x", "s"], ["a", "b"], axis=1)],
        {"x": (F, ["N", 7])},
        {"s": np.array([3, 4])},
        outputs=["a", "b"],
    )
    case("Split", [node("Split", ["x"], ["a", "b", "c"], axis=-1)], {"x": (F, ["N", 9])}, outputs=["a", "b", "c"])
    case("Split", [node("Split", ["x"], ["a", "b"], axis=1, split=[2, 7])], {"x": (F, ["N", 9])}, outputs=["a", "b"], opset=11)
    for _ in range(25):
        shape = dims(2, 3, 9)
        starts, ends = [rng.randint(-12, 12) for _ in shape], [rng.choice([rng.randint(-12, 12), 2**62]) for _ in shape]
        steps = [rng.choice([-3, -2, -1, 1, 2, 3]) for _ in shape]
        case(
            "Slice",
            [node("Slice", ["x", "b", "e", "a", "s"], ["y"])],
            {"x": (F, shape)},
            {"b": np.array(starts), "e": np.array(ends), "a": np.array([1, 0]), "s": np.array(steps)},
        )
    case("Slice", [node("Slice", ["x"], ["y"], starts=[1, 0], ends=[3, 1000], axes=[1, 2])], {"x": (F, ["N", 5, 6])}, opset=9)
    for pads in ([0, 0, 1, 2, 0, 0, 3, 4], [0, -1, 0, -2, 0, 0, 1, 0]):
        case("Pad", [node("Pad", ["x", "p"], ["y"])], {"x": (F, [2, 3, 8, 8])}, {"p": np.array(pads)})
    case("Pad", [node("Pad", ["x"], ["y"], pads=[0, 1, 0, 2])], {"x": (F, ["N", 3])}, opset=10)
    case("Expand", [node("Expand", ["x", "s"], ["y"])], {"x": (F, [3, 1])}, {"s": np.array([2, 1, 6])})
    case("Tile", [node("Tile", ["x", "r"], ["y"])], {"x": (F, [3, 4])}, {"r": np.array([2, 3])})
    case("Gather", [node("Gather", ["x", "i"], ["y"], axis=1)], {"x": (F, ["N", 5, 6]), "i": (I, [2, 3])})
    case("GatherElements", [node("GatherElements", ["x", "i"], ["y"], axis=1)], {"x": (F, [3, 5]), "i": (I, [3, 2])})
    for batch in (0, 1):
        case("GatherND", [node("GatherND", ["x", "i"], ["y"], batch_dims=batch)], {"x": (F, [3, 5, 6]), "i": (I, [3, 2, 1])})
    case(
        "ScatterElements",
        [node("ScatterElements", ["x", "i", "u"], ["y"])],
        {"x": (F, [3, 5]), "i": (I, [1, 5]), "u": (F, [1, 5])},
    )
    case("ScatterND", [node("ScatterND", ["x", "i", "u"], ["y"])], {"x": (F, [3, 5]), "i": (I, [2, 1]), "u": (F, [2, 5])})
    case("OneHot", [node("OneHot", ["i", "d", "v"], ["y"], axis=1)], {"i": (I, ["N", 5]), "v": (F, [2])}, {"d": np.array(7)})
    case("NonZero", [node("NonZero", ["x"], ["y"])], {"x": (F, [3, 5])})
    case("Compress", [node("Compress", ["x", "c"], ["y"], axis=1)], {"x": (F, [3, 5]), "c": (B, [5])})
    case("CumSum", [node("CumSum", ["x", "a"], ["y"])], {"x": (F, [3, 5])}, {"a": np.array(1)})
    case("Trilu", [node("Trilu", ["x"], ["y"])], {"x": (F, [3, 5])})
    case("ReverseSequence", [node("ReverseSequence", ["x", "l"], ["y"])], {"x": (F, [3, 5]), "l": (I, [5])})
    none = np.zeros([0], "f")
    case(
        "Resize",
        [node("Resize", ["x", "r", "s"], ["y"], mode="linear")],
        {"x": (F, [2, 3, 5, 7])},
        {"r": none, "s": np.array([1, 1, 2, 1.7], "f")},
    )
    case(
        "Resize",
        [node("Resize", ["x", "r", "s", "z"], ["y"])],
        {"x": (F, [2, 3, 5, 7])},
        {"r": none, "s": none, "z": np.array([2, 3, 10, 4])},
    )
    case("Resize", [node("Resize", ["x", "s"], ["y"])], {"x": (F, [2, 3, 5, 7])}, {"s": np.array([1, 1, 2, 0.5], "f")}, opset=10)
    case("Upsample", [node("Upsample", ["x", "s"], ["y"])], {"x": (F, [2, 3, 5, 7])}, {"s": np.array([1, 1, 2, 3], "f")}, opset=9)


def norms():
    for op, n in [("InstanceNormalization", 2), ("BatchNormalization", 4)]:
        vectors = {k: np.ones([3], "f") for k in "abcd"[:n]}
        case(op, [node(op, ["x", *vectors], ["y"])], {"x": (F, ["N", 3, 8])}, vectors)
    vectors = {k: np.ones([3], "f") for k in "abcd"}
    case(
        "BatchNormalization",
        [node("BatchNormalization", ["x", *vectors], ["y", "m", "v"], training_mode=1)],
        {"x": (F, ["N", 3, 8])},
        vectors,
        outputs=["y", "m", "v"],
    )
    for axis in (-1, 1):
        scale = {"s": np.ones([5] if axis == -1 else [4, 5], "f")}
        case(
            "LayerNormalization",
            [node("LayerNormalization", ["x", "s"], ["y", "m", "v"], axis=axis)],
            {"x": (F, ["N", 4, 5])},
            scale,
            outputs=["y", "m", "v"],
        )
    case("MeanVarianceNormalization", [node("MeanVarianceNormalization", ["x"], ["y"])], {"x": (F, ["N", 3, 8, 8])})
    case("SoftmaxCrossEntropyLoss", [node("SoftmaxCrossEntropyLoss", ["x", "t"], ["y"])], {"x": (F, [4, 3]), "t": (I, [4])})
    case(
        "SoftmaxCrossEntropyLoss",
        [node("SoftmaxCrossEntropyLoss", ["x", "t"], ["y"], reduction="none")],
        {"x": (F, [4, 3]), "t": (I, [4])},
    )


def sequences():
    for op, gates in [("LSTM", 4), ("GRU", 3), ("RNN", 1)]:
        for direction in ("forward", "bidirectional"):
            d = 2 if direction == "bidirectional" else 1
            weights = {"w": np.zeros([d, gates * 5, 6], "f"), "r": np.zeros([d, gates * 5, 5], "f")}
            names = ["y", "h", "c"][: 3 if op == "LSTM" else 2]
            case(
                op,
                [node(op, ["x", "w", "r"], names, hidden_size=5, direction=direction)],
                {"x": (F, [7, "N", 6])},
                weights,
                outputs=names,
            )


def sources():
    case("Shape", [node("Shape", ["x"], ["y"])], {"x": (F, ["N", 3, 4])})
    case("Shape", [node("Shape", ["x"], ["y"], start=1, end=-1)], {"x": (F, ["N", 3, 4])})
    case("Size", [node("Size", ["x"], ["y"])], {"x": (F, ["N", 3])})
    case("ConstantOfShape", [node("ConstantOfShape", ["s"], ["y"])], {}, {"s": np.array([2, 3])})
    case("Range", [node("Range", ["a", "b", "c"], ["y"])], {}, {"a": np.array(1), "b": np.array(10), "c": np.array(3)})
    case("EyeLike", [node("EyeLike", ["x"], ["y"])], {"x": (F, [3, 4])})
    case("RandomNormal", [node("RandomNormal", [], ["y"], shape=[2, 3])], {})
    case("RandomUniformLike", [node("RandomUniformLike", ["x"], ["y"], dtype=F)], {"x": (F, [2, "N"])})
    case("Bernoulli", [node("Bernoulli", ["x"], ["y"])], {"x": (F, [2, "N"])})
    for kind in (np.uint8, np.int8):
        q = {"s": np.array(0.1, "f"), "z": np.array(0, kind)}
        case(
            "QuantizeLinear",
            [node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"], ["y"])],
            {"x": (F, ["N", 3])},
            q,
        )
    case(
        "DynamicQuantizeLinear",
        [node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"])],
        {"x": (F, ["N", 3])},
        outputs=["y", "s", "z"],
    )
    u = TensorProto.UINT8
    case("MatMulInteger", [node("MatMulInteger", ["a", "b"], ["y"])], {"a": (u, ["N", 3]), "b": (u, [3, 4])})
    case(
        "ConvInteger",
        [node("ConvInteger", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
        {"x": (u, [2, 3, 8, 8])},
        {"w": np.zeros([4, 3, 3, 3], np.uint8)},
    )


def chains():
    """Exporters' idiom: sizes computed in the graph; and random small networks."""
    for source in (["N", 8, 7, 7], [4, 8, 7, 7]):
        case(
            "shape chain",
            [
                node("Shape", ["x"], ["s"]),
                node("Gather", ["s", "zero"], ["n"], axis=0),
                node("Unsqueeze", ["n", "first"], ["n1"]),
                node("Concat", ["n1", "rest"], ["t"], axis=0),
                node("Reshape", ["x", "t"], ["y"]),
            ],
            {"x": (F, source)},
            {"zero": np.array(0), "first": np.array([0]), "rest": np.array([-1])},
        )
    for index in range(10):
        nodes, constants, c, value = [], {}, 3, "x"
        for layer in range(rng.randint(2, 4)):
            m, k = rng.randint(2, 8), rng.choice([1, 3, 5])
            constants[f"w{layer}"] = np.zeros([m, c, k, k], "f")
            nodes.append(node("Conv", [value, f"w{layer}"], [f"c{layer}"], strides=[rng.randint(1, 2)] * 2, pads=[k // 2] * 4))
            nodes.append(node(rng.choice(["Relu", "Sigmoid", "HardSwish"]), [f"c{layer}"], [f"r{layer}"]))
            value, c = f"r{layer}", m
            if rng.random() < 0.5:
                nodes.append(node("MaxPool", [value], [f"p{layer}"], kernel_shape=[2, 2], strides=[2, 2]))
                value = f"p{layer}"
        nodes += [node("GlobalAveragePool", [value], ["gap"]), node("Flatten", ["gap"], ["flat"])]
        constants["head"] = np.zeros([4, c], "f")
        nodes += [node("Gemm", ["flat", "head"], ["logits"], transB=1), node("Softmax", ["logits"], ["p"], axis=1)]
        case(f"network {index}", nodes, {"x": (F, ["N", 3, rng.randint(40, 64), rng.randint(40, 64)])}, constants)


for make in (convolutions, poolings, elementwise, products, reductions, axes, movements, norms, sequences, sources, chains):
    make()
for name, reason in rejected:
    print("left out:", name, reason, file=sys.stderr)

root = Path(sys.argv[1])
files = []
for path in [*sorted((root / "onnx_cases").rglob("model.onnx")), root / "weights/mobilenet_v2_imagenet.onnx"]:
    model = onnx.load(path)
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    files.append({"name": path.relative_to(root).as_posix(), "values": known(model, {i.name for i in model.graph.input})})

with open(Path(__file__).with_suffix(".json"), "w") as out:
    rows = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    stored = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in files)
    out.write('{"onnx":"%s","graphs":[\n%s\n],"files":[\n%s\n]}\n' % (onnx.__version__, rows, stored))
print(len(entries), "graphs,", len(files), "files")
