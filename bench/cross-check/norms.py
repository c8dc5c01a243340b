"""Writes what PyTorch computes for each normalisation and its gradients: test/graph/pytorch-norms.json.

    python3 bench/cross-check/norms.py
"""

import json
import pathlib

import torch
from torch import nn

torch.manual_seed(1)
# Name, PyTorch's module, and the shape of one image.
modules = {
    "batchNorm2d": (nn.BatchNorm2d(5), (5, 3, 2)),
    "batchNorm2d not affine, eps 0.1, momentum 0.3": (nn.BatchNorm2d(3, 0.1, 0.3, affine=False), (3, 2, 2)),
    "batchNorm1d": (nn.BatchNorm1d(6), (6,)),
    "layerNorm": (nn.LayerNorm(6), (6, 1, 3)),
    "layerNorm not affine, eps 0.1": (nn.LayerNorm(5, 0.1, elementwise_affine=False), (5,)),
    "groupNorm": (nn.GroupNorm(3, 6), (6, 2, 2)),
    "groupNorm not affine, eps 0.1": (nn.GroupNorm(2, 8, 0.1, affine=False), (8, 3, 1)),
}
IMAGES = 4


def rounded(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]


def state(module):
    tensors = {name: tensor for name, tensor in module.state_dict().items() if name != "num_batches_tracked"}
    return {name: {"shape": list(tensor.shape), "values": rounded(tensor)} for name, tensor in tensors.items()}


def apply(module, x):
    """Layer norm is over the last axis: the channels of channels-last tokens."""
    if not isinstance(module, nn.LayerNorm) or x.dim() == 2:
        return module(x)
    return module(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def figures(module, shape):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(0.5, 1.5)
    start = state(module)
    x = torch.randn(IMAGES, *shape).mul(2).add(1).requires_grad_()
    gradient = torch.randn(IMAGES, *shape)
    y = apply(module, x)
    y.backward(gradient)
    return {
        "shape": list(shape),
        "start": start,
        "x": [rounded(image) for image in x],
        "gradient": [rounded(image) for image in gradient],
        "y": [rounded(image) for image in y],
        "gx": [rounded(image) for image in x.grad],
        "parameters": {name: rounded(parameter.grad) for name, parameter in module.named_parameters()},
        "after": state(module),
        "evaluation": [rounded(image) for image in apply(module.eval(), x)],
    }


result = {
    "torch": torch.__version__,
    "norms": {name: figures(module, shape) for name, (module, shape) in modules.items()},
}
folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "graph"
(folder / "pytorch-norms.json").write_text(json.dumps(result) + "\n")
