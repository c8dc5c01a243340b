"""The five networks of docs/models.md in PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn


class CoordConv(nn.Module):
    def __init__(self, channels, out, kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels + 2, out, kernel)

    def forward(self, x):
        n, _, rows, columns = x.shape
        row = torch.linspace(-1, 1, rows).view(1, 1, rows, 1).expand(n, 1, rows, columns)
        column = torch.linspace(-1, 1, columns).view(1, 1, 1, columns).expand(n, 1, rows, columns)
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


class Network(nn.Module):
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
