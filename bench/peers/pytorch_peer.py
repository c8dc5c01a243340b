"""The networks in PyTorch on the CPU, for `compare.js`: see `python_peer.py`.

Arguments: `eager` or `compile`, the folder and the number of threads. A step is zero_grad, forward, loss, backward and
SGD, on tensors that are in memory before. With `compile`, `torch.compile` compiles network and loss, forward and
backward.
"""

import sys

import torch
import torch._dynamo
import torch.nn.functional as F

from python_peer import Folder, serve
from pytorch_networks import make_network, returns_logits

# Before anything is timed: compilation, and the choice of algorithms.
COMPILED_STEPS = 3
# All networks share the lines that are compiled. Beyond the default of 8 versions PyTorch would run eagerly without an error.
torch._dynamo.config.recompile_limit = 1000
torch._dynamo.config.accumulated_recompile_limit = 1000


class Training:
    """A network, its optimizer, and the batch that comes next."""

    def __init__(self, network, loss, folder):
        self.network = network
        self.optimizer = torch.optim.SGD(network.parameters(), lr=folder.learning_rate)
        self.batches = torch.from_numpy(folder.batches)
        self.labels = torch.from_numpy(folder.labels)
        self.test = torch.from_numpy(folder.test)
        self.next = 0
        self._loss = lambda images, labels: loss(network(images), labels)
        self._classify = lambda images: network(images).argmax(1)

    def compile(self):
        # Sizes of batches are few, so each gets code of its own.
        self._loss = torch.compile(self._loss, dynamic=False)
        self._classify = torch.compile(self._classify, dynamic=False)
        for _ in range(COMPILED_STEPS):
            self.step()

    def step(self):
        self.network.train()
        self._descend()

    def loss(self):
        self.network.eval()
        return self._descend().item()

    def _descend(self):
        at = self.next % len(self.batches)
        self.next += 1
        self.optimizer.zero_grad()
        loss = self._loss(self.batches[at], self.labels[at])
        loss.backward()
        self.optimizer.step()
        return loss

    def evaluate(self, batch_size):
        self.network.eval()
        with torch.no_grad():
            for batch in self.test.split(batch_size):
                self._classify(batch)


def load(network, values):
    found = {name: torch.tensor(value) for name, value in values.items()}
    missing, unexpected = network.load_state_dict(found, strict=False)
    # A count that only momentum=None reads.
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"missing {missing}, unexpected {unexpected}")


def main():
    mode, path, threads = sys.argv[1:]
    compiles = {"eager": False, "compile": True}[mode]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    folder = Folder(path)

    def make_training(model, values, checks):
        network = make_network(model)
        load(network, values)
        loss = F.cross_entropy if returns_logits(model) else F.nll_loss
        training = Training(network, loss, folder)
        # The check of the first losses is of the network, not of the compiler.
        if compiles and not checks:
            training.compile()
        return training

    name = "torch.compile" if compiles else "PyTorch"
    serve({"name": name, "version": torch.__version__}, folder, make_training)


main()
