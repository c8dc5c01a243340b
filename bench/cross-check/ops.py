"""Writes what PyTorch computes for ops and their gradients: test/graph/pytorch-ops.json.

    python3 bench/cross-check/ops.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(1)
steps = lambda *shape: torch.randint(-4, 5, shape).float()  # whole numbers: many are equal, so that kinks are tested
random = lambda *shape: (torch.rand(shape) * 2 - 1).round(decimals=3)

# name: inputs of one image, function of the same with a batch axis before them
cases = {
    "maxPool2d 3, stride 2, padding 1": ([steps(3, 5, 6)], lambda x: F.max_pool2d(x, 3, 2, 1)),
    "maxPool2d [2, 3], stride [1, 2], padding [1, 0]": (
        [steps(5, 4, 6)],
        lambda x: F.max_pool2d(x, (2, 3), (1, 2), (1, 0)),
    ),
    "avgPool2d 3, stride 2, padding 1": ([random(5, 5, 6)], lambda x: F.avg_pool2d(x, 3, 2, 1)),
    "avgPool2d 3, stride 2, padding 1, countIncludePad false": (
        [random(5, 5, 6)],
        lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    ),
    "globalAvgPool2d": ([random(5, 3, 4)], lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1)),
    "globalMaxPool2d": ([steps(5, 3, 4)], lambda x: F.adaptive_max_pool2d(x, 1).flatten(1)),
    "channelMean": ([random(5, 3, 4)], lambda x: x.mean(1, keepdim=True)),
    "channelMax": ([steps(5, 3, 4)], lambda x: x.max(1, keepdim=True).values),
    "add of a channel vector": ([random(5, 3, 4), random(5)], lambda x, v: x + v[:, :, None, None]),
    "sub of a map": ([random(5, 3, 4), random(1, 3, 4)], lambda x, m: x - m),
    "mul of a map and a channel vector": ([random(1, 3, 4), random(6, 1, 1)], lambda m, v: m * v),
    "div by a channel vector": ([random(5, 3, 4), random(5, 1, 1) + 2], lambda x, v: x / v),
    "div of a number": ([random(7) + 2], lambda x: 3 / x),
    "sub from a number": ([random(7)], lambda x: 1 - x),
    "concat": ([random(2, 3, 4), random(3, 3, 4)], lambda *x: torch.cat(x, 1)),
    "concat of tokens": ([random(5, 1, 1), random(5, 1, 4)], lambda *x: torch.cat(x, 3)),
    "reshape": ([random(4, 3, 5)], lambda x: x.reshape(1, 6, 2, 5)),
    "slice": ([random(4, 3, 5)], lambda x: x[:, :, 1:3]),
    "transpose": ([random(4, 3, 5)], lambda x: x.transpose(1, 3)),
}


def figures(inputs, function):
    batched = [x.unsqueeze(0).requires_grad_() for x in inputs]
    y = function(*batched)
    cotangent = random(*y.shape)
    y.backward(cotangent)
    values = lambda x: [round(value, 7) for value in x.flatten().tolist()]
    return {
        "inputs": [{"shape": list(x.shape), "values": values(x)} for x in inputs],
        "shape": list(y.shape[1:]),
        "y": values(y.detach()),
        "cotangent": values(cotangent),
        "gradients": [values(x.grad) for x in batched],
    }


result = {
    "torch": torch.__version__,
    "cases": {name: figures(*case) for name, case in cases.items()},
}
folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "graph"
(folder / "pytorch-ops.json").write_text(json.dumps(result) + "\n")
