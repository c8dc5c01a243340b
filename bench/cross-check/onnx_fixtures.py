"""Writes the ONNX files that test/formats/onnx/read-onnx.test.ts reads, by both of PyTorch's exporters.

    python bench/cross-check/onnx_fixtures.py test/formats/onnx/fixtures

Needs `torch`, `onnx` and `onnxscript`. Another version of PyTorch may write other nodes.
"""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1, groups=2)
        self.bn2 = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(x + self.bn2(self.conv2(x)))
        return self.fc(x.mean((2, 3)))


class Mixer(nn.Module):
    """Tokens, LayerNorm, GELU, products with weights, and gates."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)
        self.up = nn.Linear(8, 16)
        self.down = nn.Linear(16, 8)
        self.gate = nn.Linear(8, 8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = x + self.down(F.gelu(self.up(self.norm(x))))
        x = x.mean(1)
        return self.head(x * torch.sigmoid(self.gate(x)))


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, 8, 4, stride=4)
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.out = nn.Linear(8, 8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        q, k, v = (f(x).reshape(-1, 16, 2, 4).transpose(1, 2) for f in (self.q, self.k, self.v))
        weights = torch.softmax(q @ k.transpose(2, 3) / 2, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(-1, 16, 8))
        return F.log_softmax(self.head(x.mean(1)), 1)


def convolutional(*end: nn.Module) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Dropout(),
        nn.Conv2d(4, 6, 3, stride=2), nn.ELU(), nn.Flatten(), nn.Linear(24, 5), *end,
    )


networks = {
    "convolutional": convolutional(),
    "softmax": convolutional(nn.Softmax(1)),
    "residual": Residual(),
    "mixer": Mixer(),
    "attention": Attention(),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    image = torch.rand(1, 1, 16, 16)
    for name, network in networks.items():
        for each in network.modules():
            if isinstance(each, nn.BatchNorm2d):
                nn.init.uniform_(each.running_mean)
                nn.init.uniform_(each.running_var, 0.5, 1.5)
        network.eval()
        torch.onnx.export(
            network, (image,), folder / f"{name}-torchscript.onnx", dynamo=False,
            input_names=["image"], dynamic_axes={"image": {0: "batch"}},
        )
        torch.onnx.export(
            network, (image,), folder / f"{name}-dynamo.onnx", dynamo=True, external_data=False,
            input_names=["image"], verbose=False,
        )


main(Path(sys.argv[1]))
