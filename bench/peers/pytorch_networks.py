"""The networks of docs/models.md in PyTorch, with the same names of parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class CoordConv(nn.Module):
    def __init__(self, channels, out, kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels + 2, out, kernel)

    def forward(self, x):
        n, _, rows, columns = x.shape
        row = torch.linspace(-1, 1, rows, device=x.device).view(1, 1, rows, 1).expand(n, 1, rows, columns)
        column = torch.linspace(-1, 1, columns, device=x.device).view(1, 1, 1, columns).expand(n, 1, rows, columns)
        return self.conv(torch.cat([x, row, column], 1))


class Attention(nn.Module):
    def __init__(self, width, batch_first):
        super().__init__()
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width, bias=False)
        self.ma = nn.MultiheadAttention(width, 2, batch_first=batch_first)

    def forward(self, x):
        n, channels, rows, columns = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        y, _ = self.ma(self.q(tokens), self.k(tokens), self.v(tokens), need_weights=False)
        return x + y.transpose(1, 2).reshape(n, channels, rows, columns)


class Classifier(nn.Module):
    def __init__(self, model):
        super().__init__()
        conv = CoordConv if model == "coordconv-stn" else nn.Conv2d
        self.conv1 = conv(1, 10, 5)
        self.conv2 = conv(10, 20, 5)
        self.drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)
        attends = model.startswith("mha")
        self.vit1 = Attention(10, model == "mha") if attends else nn.Identity()
        self.vit2 = Attention(20, model == "mha") if attends else nn.Identity()
        self.warps = model.endswith("stn")
        if self.warps:
            self.localization = nn.Sequential(
                conv(1, 8, 7), nn.MaxPool2d(2), nn.ReLU(),
                conv(8, 10, 5), nn.MaxPool2d(2), nn.ReLU(),
            )
            self.fc_loc = nn.Sequential(nn.Linear(90, 32), nn.ReLU(), nn.Linear(32, 6))
            self.fc_loc[2].weight.data.zero_()
            self.fc_loc[2].bias.data.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))

    def forward(self, x):
        if self.warps:
            theta = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
            grid = F.affine_grid(theta, x.size(), align_corners=False)
            x = F.grid_sample(x, grid, align_corners=False)
        x = self.vit1(F.relu(F.max_pool2d(self.conv1(x), 2)))
        x = self.vit2(F.relu(F.max_pool2d(self.drop(self.conv2(x)), 2)))
        x = F.dropout(F.relu(self.fc1(x.flatten(1))), training=self.training)
        return F.log_softmax(self.fc2(x), 1)


class Lenet(nn.Module):
    def __init__(self, kernel, channels, sizes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], kernel, padding=(kernel - 1) // 2)
        self.conv2 = nn.Conv2d(channels[0], channels[1], kernel)
        self.count = len(sizes) - 1
        for at in range(self.count):
            setattr(self, f"fc{at + 1}", nn.Linear(sizes[at], sizes[at + 1]))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        for at in range(1, self.count):
            x = F.relu(getattr(self, f"fc{at}")(x))
        return getattr(self, f"fc{self.count}")(x)


class ConvNorm(nn.Module):
    def __init__(self, channels, out, kernel, relu=True, **options):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, bias=False, **options)
        self.norm = nn.BatchNorm2d(out)
        self.relu = relu

    def forward(self, x):
        y = self.norm(self.conv(x))
        return F.relu(y) if self.relu else y


def mean_of_positions(x):
    return F.adaptive_avg_pool2d(x, 1).flatten(1)


class Plain(nn.Module):
    def __init__(self, stages):
        super().__init__()
        sizes = [1, *(size for stage in stages for size in stage)]
        layers = iter(ConvNorm(a, b, 3, padding=1) for a, b in zip(sizes, sizes[1:]))
        self.stages = nn.ModuleList(nn.Sequential(*(next(layers) for _ in stage)) for stage in stages)
        self.fc = nn.Linear(sizes[-1], 10)

    def forward(self, x):
        for at, stage in enumerate(self.stages):
            x = stage(x if at == 0 else F.max_pool2d(x, 2))
        return self.fc(mean_of_positions(x))


class SqueezeExcitation(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // 4)
        self.fc2 = nn.Linear(channels // 4, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(mean_of_positions(x)))))
        return x * gate[:, :, None, None]


class Cbam(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // 4)
        self.fc2 = nn.Linear(channels // 4, channels)
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def scores(self, x):
        return self.fc2(F.relu(self.fc1(x)))

    def forward(self, x):
        scores = self.scores(mean_of_positions(x)) + self.scores(x.amax((2, 3)))
        z = x * torch.sigmoid(scores)[:, :, None, None]
        descriptors = torch.cat([z.mean(1, keepdim=True), z.amax(1, keepdim=True)], 1)
        return z * torch.sigmoid(self.conv(descriptors))


class ResidualBlock(nn.Module):
    def __init__(self, channels, out, stride, gate):
        super().__init__()
        self.first = ConvNorm(channels, out, 3, padding=1, stride=stride)
        self.second = ConvNorm(out, out, 3, relu=False, padding=1)
        self.gate = gate(out)
        self.shortcut = nn.Identity()
        if stride != 1 or channels != out:
            self.shortcut = ConvNorm(channels, out, 1, relu=False, stride=stride)

    def forward(self, x):
        return F.relu(self.gate(self.second(self.first(x))) + self.shortcut(x))


class Residual(nn.Module):
    def __init__(self, gate=nn.Identity):
        super().__init__()
        self.stem = ConvNorm(1, 16, 3, padding=1)
        sizes = [(16, 16, 1), (16, 16, 1), (16, 32, 2)]
        self.blocks = nn.Sequential(*(ResidualBlock(*each, gate) for each in sizes))
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(mean_of_positions(self.blocks(self.stem(x))))


class DepthwiseSeparable(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.depthwise = ConvNorm(channels, channels, 3, padding=1, stride=stride, groups=channels)
        self.pointwise = ConvNorm(channels, out, 1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(1, 16, 3, padding=1)
        sizes = [(16, 32, 1), (32, 64, 2), (64, 64, 1), (64, 64, 2), (64, 64, 1)]
        self.blocks = nn.Sequential(*(DepthwiseSeparable(*each) for each in sizes))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(mean_of_positions(self.blocks(self.stem(x))))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 32, 4, stride=4)
        self.positions = nn.Parameter(torch.zeros(32, 7, 7))
        self.blocks = nn.Sequential(*(TransformerBlock(32, 4, 96) for _ in range(2)))
        self.norm = nn.LayerNorm(32)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        tokens = (self.patches(x) + self.positions).flatten(2).transpose(1, 2)
        return self.fc(self.norm(self.blocks(tokens)).mean(1))


NETWORKS = {
    "lenet": lambda: Lenet(5, (6, 16), (400, 120, 84, 10)),
    "lenet3": lambda: Lenet(3, (16, 32), (1152, 10)),
    "plain-gap": lambda: Plain([[12, 16], [24, 24], [32, 32]]),
    "wide": lambda: Plain([[32, 64], [64, 64]]),
    "residual": Residual,
    "se-residual": lambda: Residual(SqueezeExcitation),
    "cbam-residual": lambda: Residual(Cbam),
    "depthwise": Depthwise,
    "vit": VisionTransformer,
    "small": lambda: Plain([[12, 16], [24, 28], [32, 32]]),
}


def make_network(model):
    """For images of [1, 28, 28] and 10 classes; `looks` with its defaults is `cnn`."""
    return NETWORKS[model]() if model in NETWORKS else Classifier(model)


def returns_logits(model):
    """Whether the network returns logits; the others return log-probabilities."""
    return model in NETWORKS
