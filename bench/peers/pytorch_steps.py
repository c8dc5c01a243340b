"""Times whole training steps and evaluation of the five networks in PyTorch on the CPU.

Speaks with `bench/peers/compare.js` over lines. Its arguments are the folder with the images and the
numbers of training batches and test images. It writes a line with its version, then reads
`<model> <threads> <steps>` or `<model> <threads> evaluate` from standard input and answers each with one
JSON list: milliseconds a step, or seconds of an evaluation of all test images.

Images are those that Fovea trains on, normalised, in memory as tensors before anything is timed: only the
step is (forward, loss, backward, SGD), dropout on, batch 64. A network goes on training from one request
to the next.
"""

import json
import os
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BATCH = 64
WARM_UP = 5
PASSES = 3
EVALUATION_BATCHES = [64, 1000]
SIDE = 28


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


class Data:
    def __init__(self, folder, batches, tests):
        pixels = np.fromfile(os.path.join(folder, "train-images.f32"), np.float32)
        labels = np.fromfile(os.path.join(folder, "train-labels.u8"), np.uint8)
        test = np.fromfile(os.path.join(folder, "test-images.f32"), np.float32)
        self.batches = torch.from_numpy(pixels).view(batches, BATCH, 1, SIDE, SIDE)
        self.labels = torch.from_numpy(labels.astype(np.int64)).view(batches, BATCH)
        self.test = torch.from_numpy(test).view(tests, 1, SIDE, SIDE)


class Training:
    """A network, its optimizer, and the batch that comes next."""

    def __init__(self, model, data):
        torch.manual_seed(0)
        self.network = Network(model)
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=0.01)
        self.data = data
        self.next = 0

    def step(self):
        at = self.next % len(self.data.batches)
        self.next += 1
        started = time.perf_counter()
        self.optimizer.zero_grad()
        F.nll_loss(self.network(self.data.batches[at]), self.data.labels[at]).backward()
        self.optimizer.step()
        return (time.perf_counter() - started) * 1000

    def steps(self, count):
        self.network.train()
        return [self.step() for _ in range(WARM_UP + count)][WARM_UP:]

    def evaluate(self, batch_size):
        """Seconds of one pass over the test images, batch by batch."""
        self.network.eval()
        started = time.perf_counter()
        with torch.no_grad():
            for batch in self.data.test.split(batch_size):
                self.network(batch).argmax(1)
        return time.perf_counter() - started

    def evaluations(self):
        """Passes with the batch size that suits PyTorch best here."""
        passes = [[self.evaluate(size) for _ in range(1 + PASSES)][1:] for size in EVALUATION_BATCHES]
        return min(passes, key=statistics.median)


def answer(trainings, data, line):
    model, threads, what = line.split()
    torch.set_num_threads(int(threads))
    if model not in trainings:
        trainings[model] = Training(model, data)
    training = trainings[model]
    return training.evaluations() if what == "evaluate" else training.steps(int(what))


def main():
    folder, batches, tests = sys.argv[1:]
    data = Data(folder, int(batches), int(tests))
    trainings = {}
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(trainings, data, line)), flush=True)


main()
