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

SIDES = (4, 6)  # rows and columns of the map that is attended in windows of 2×3


def windows(x, heads):
    """[1, channels, rows, columns] as [window, head, token, channel]."""
    rows, columns = SIDES
    x = x.reshape(heads, -1, rows // 2, 2, columns // 3, 3)
    return x.permute(2, 4, 0, 3, 5, 1).reshape(-1, heads, 6, x.shape[1])


def relative_bias(table):
    position = torch.stack(torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")).flatten(1)
    relative = position[:, :, None] - position[:, None, :]  # as in Swin
    return table[(relative[0] + 1) * 5 + relative[1] + 2].permute(2, 0, 1)


def window_attention(q, k, v, table):
    heads = table.shape[1]
    y = F.scaled_dot_product_attention(*(windows(x, heads) for x in (q, k, v)), attn_mask=relative_bias(table))
    y = y.reshape(SIDES[0] // 2, SIDES[1] // 3, heads, 2, 3, -1)
    return y.permute(2, 5, 0, 3, 1, 4).reshape(q.shape)


def sample(**options):
    return lambda x, grid: F.grid_sample(x, grid.permute(0, 2, 3, 1), **options)


def resize(**options):
    return lambda x: F.interpolate(x, **options)


grids = lambda: random(2, 4, 5) * 2
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
    "softmax over channels": ([random(5, 3, 4) * 3], lambda x: x.softmax(1)),
    "softmax over positions": ([random(5, 3, 4) * 3], lambda x: x.flatten(2).softmax(2).reshape(x.shape)),
    "matmul": ([random(5, 6), random(6, 3)], torch.matmul),
    "matmul of stacks": ([random(3, 5, 6), random(3, 6, 2)], torch.matmul),
    "gridSample zeros": ([random(5, 4, 6), grids()], sample(align_corners=False)),
    "gridSample border": (
        [random(5, 4, 6), grids()],
        sample(padding_mode="border", align_corners=False),
    ),
    "gridSample border alignCorners": (
        [random(5, 4, 6), grids()],
        sample(padding_mode="border", align_corners=True),
    ),
    "gridSample reflection": (
        [random(5, 4, 6), grids()],
        sample(padding_mode="reflection", align_corners=False),
    ),
    "gridSample reflection alignCorners": (
        [random(5, 4, 6), grids()],
        sample(padding_mode="reflection", align_corners=True),
    ),
    "interpolate nearest": ([random(5, 4, 6)], resize(size=(7, 5))),
    "interpolate bilinear": ([random(5, 4, 6)], resize(size=(7, 5), mode="bilinear")),
    "interpolate bilinear alignCorners": (
        [random(5, 4, 6)],
        resize(size=(7, 3), mode="bilinear", align_corners=True),
    ),
    "interpolate scaleFactor": ([random(5, 4, 6)], resize(scale_factor=(1.7, 0.6), mode="bilinear")),
    "windowAttention": (
        [random(4, *SIDES) * 2, random(4, *SIDES) * 2, random(4, *SIDES)],
        window_attention,
        {"table": random(15, 2)},
    ),
}


def figures(inputs, function, parameters={}):
    batched = [x.unsqueeze(0).requires_grad_() for x in inputs]
    learned = [x.requires_grad_() for x in parameters.values()]
    y = function(*batched, *learned)
    cotangent = random(*y.shape)
    y.backward(cotangent)
    values = lambda x: [round(value, 7) for value in x.flatten().tolist()]
    return {
        "inputs": [{"shape": list(x.shape), "values": values(x)} for x in inputs],
        "shape": list(y.shape[1:]),
        "y": values(y.detach()),
        "cotangent": values(cotangent),
        "gradients": [values(x.grad) for x in batched],
        "parameters": {
            name: {"values": values(x), "gradient": values(x.grad)} for name, x in parameters.items()
        },
    }


result = {
    "torch": torch.__version__,
    "cases": {name: figures(*case) for name, case in cases.items()},
}
folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "graph"
(folder / "pytorch-ops.json").write_text(json.dumps(result) + "\n")
