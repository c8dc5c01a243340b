"""Writes what PyTorch computes for each activation and its gradient: test/graph/pytorch-activations.json.

    python3 bench/cross-check/activations.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F

activations = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "leakyRelu": F.leaky_relu,
    "leakyRelu 0.3": lambda x: F.leaky_relu(x, 0.3),
    "elu": F.elu,
    "elu 0.4": lambda x: F.elu(x, 0.4),
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
}
points = [0.0, *(sign * size for size in (1e-6, 1e-3, 0.1, 0.34, 0.62, 1, 2.5, 5, 9, 20, 88.5, 1e4) for sign in (1, -1))]


def figures(function):
    x = torch.tensor(points, dtype=torch.float32, requires_grad=True)
    y = function(x)
    y.sum().backward()
    return {"y": y.tolist(), "slope": x.grad.tolist()}


result = {
    "torch": torch.__version__,
    "x": torch.tensor(points, dtype=torch.float32).tolist(),
    "activations": {name: figures(function) for name, function in activations.items()},
}
folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "graph"
(folder / "pytorch-activations.json").write_text(json.dumps(result, indent=1) + "\n")
