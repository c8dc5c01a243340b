"""Writes what PyTorch computes for convolutions and their gradients: test/graph/pytorch-convolutions.json.

    python3 bench/cross-check/convolutions.py

Inputs, weights and the gradient of the result are `filled`, which the test computes as well.
"""

import json
import pathlib

import torch

cases = [
    {"shape": [3, 6, 7], "options": {"outChannels": 4, "kernelSize": 3, "padding": 1}},
    {"shape": [2, 7, 5], "options": {"outChannels": 5, "kernelSize": [3, 2], "padding": [1, 0], "stride": [2, 1]}},
    {"shape": [1, 9, 8], "options": {"outChannels": 3, "kernelSize": 3, "dilation": 2, "stride": 2, "padding": 1}},
    {"shape": [2, 6, 6], "options": {"outChannels": 3, "kernelSize": [2, 4], "padding": "same", "bias": False}},
    {"shape": [6, 5, 5], "options": {"outChannels": 6, "kernelSize": 3, "padding": 1, "groups": 6}},
    {"shape": [4, 5, 6], "options": {"outChannels": 6, "kernelSize": 3, "groups": 2, "stride": 2}},
    {"shape": [5, 7, 8], "options": {"outChannels": 5, "kernelSize": [4, 3], "padding": [2, 1], "stride": [3, 2], "dilation": [1, 2], "groups": 5}},
    {"shape": [6, 9, 8], "options": {"outChannels": 9, "kernelSize": [3, 4], "padding": [2, 3], "stride": [2, 3], "dilation": [3, 2], "groups": 3}},
    {"shape": [8, 6, 7], "options": {"outChannels": 9, "kernelSize": 3, "padding": 1}},
]


def filled(*shape):
    count = torch.Size(shape).numel()
    return ((torch.arange(count) * 37 % 101).double() / 101 - 0.5).reshape(shape).requires_grad_()


def pair(value):
    return value if isinstance(value, (str, int)) else tuple(value)


def figures(shape, options):
    names = {"kernelSize": "kernel_size", "outChannels": "out_channels"}
    given = {names.get(name, name): pair(value) for name, value in options.items()}
    layer = torch.nn.Conv2d(shape[0], **given).double()
    layer.weight = torch.nn.Parameter(filled(*layer.weight.shape).detach())
    if layer.bias is not None:
        layer.bias = torch.nn.Parameter(filled(*layer.bias.shape).detach())
    x = filled(1, *shape)
    y = layer(x)
    y.backward(filled(*y.shape).detach())
    gradients = [x.grad, layer.weight.grad] + ([] if layer.bias is None else [layer.bias.grad])
    return {"y": listed(y), "gradients": [listed(gradient) for gradient in gradients]}


def listed(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]


result = {
    "torch": torch.__version__,
    "cases": [{**case, **figures(**case)} for case in cases],
}
folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "graph"
(folder / "pytorch-convolutions.json").write_text(json.dumps(result) + "\n")
