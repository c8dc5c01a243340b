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

from pytorch_networks import Network

BATCH = 64
WARM_UP = 5
PASSES = 3
EVALUATION_BATCHES = [64, 1000]
SIDE = 28


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
