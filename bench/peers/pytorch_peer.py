"""The five networks in PyTorch on the CPU, for `compare.js`: see `python_peer.py`.

Arguments: the folder and the number of threads. A step is forward, loss, backward and SGD, on tensors that
are in memory before.
"""

import sys

import torch
import torch.nn.functional as F

from python_peer import Folder, serve
from pytorch_networks import Network


class Training:
    """A network, its optimizer, and the batch that comes next."""

    def __init__(self, network, folder):
        self.network = network
        self.optimizer = torch.optim.SGD(network.parameters(), lr=folder.learning_rate)
        self.batches = torch.from_numpy(folder.batches)
        self.labels = torch.from_numpy(folder.labels)
        self.test = torch.from_numpy(folder.test)
        self.next = 0

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
        loss = F.nll_loss(self.network(self.batches[at]), self.labels[at])
        loss.backward()
        self.optimizer.step()
        return loss

    def evaluate(self, batch_size):
        self.network.eval()
        with torch.no_grad():
            for batch in self.test.split(batch_size):
                self.network(batch).argmax(1)


def main():
    path, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    folder = Folder(path)

    def make_training(model, values):
        network = Network(model)
        network.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
        return Training(network, folder)

    serve({"name": "PyTorch", "version": torch.__version__}, folder, make_training)


main()
