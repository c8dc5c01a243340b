"""Trains a network of docs/models.md in PyTorch, several seeds, and says which of them collapsed.

    python3 bench/cross-check/collapse.py --data MNIST --epochs 60 --seeds 10
    python3 bench/cross-check/collapse.py --data MNIST --epochs 60 --seeds 10 --rate 0.1 --device cuda --json collapse.json

The recipe is that of the study of 2021: batches of 64 in a new order each epoch, the last one smaller, gradient descent
with learning rate 0.01, the mean negative log-likelihood. Seeds give other random numbers than those of Fovea, so that
rates of collapse can be compared, not runs.

What counts as a collapse is what src/train/collapse.ts says of a training: the last epochs, or some after the first third,
are near chance or have a loss that is not finite.
"""

import argparse
import gzip
import json
import math
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

# In place of this script's folder, whose statistics.py PyTorch would take for Python's own.
sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent / "peers")
from pytorch_networks import make_network  # noqa: E402

LOCALIZATION = ("localization.", "fc_loc.")
IDENTITY = torch.tensor([1.0, 0, 0, 0, 1, 0])


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder with MNIST's four files, gzipped or not")
    parser.add_argument("--model", default="coordconv-stn", choices=["cnn", "stn", "coordconv-stn", "mha", "mha-batch"])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--rate", type=float, default=1, help="of the localization network, times the learning rate")
    parser.add_argument("--clip-norm", type=float)
    parser.add_argument("--transform-penalty", type=float, default=0)
    parser.add_argument("--images", type=int, help="only the first training images")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of PyTorch on the CPU")
    parser.add_argument("--json", help="file for all epochs' figures")
    return parser.parse_args()


def read_idx(folder, name):
    for path in (folder / f"{name}.gz", folder / name):
        if path.exists():
            content = path.read_bytes()
            return gzip.decompress(content) if path.suffix == ".gz" else content
    sys.exit(f"collapse: expected {name} in {folder}")


def read_set(folder, part, device):
    pixels = torch.frombuffer(bytearray(read_idx(folder, f"{part}-images-idx3-ubyte")[16:]), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray(read_idx(folder, f"{part}-labels-idx1-ubyte")[8:]), dtype=torch.uint8)
    images = ((pixels.float() / 255 - 0.1307) / 0.3081).reshape(-1, 1, 28, 28)
    return images.to(device), labels.long().to(device)


class Theta:
    """What the localization network gave last, for the penalty."""

    def __init__(self, network):
        self.value = None
        if hasattr(network, "fc_loc"):
            network.fc_loc.register_forward_hook(self.keep)

    def keep(self, _module, _inputs, output):
        self.value = output


def make_optimizer(network, given):
    groups = {True: [], False: []}
    for name, parameter in network.named_parameters():
        groups[name.startswith(LOCALIZATION)].append(parameter)
    return torch.optim.SGD(
        [
            {"params": groups[False], "lr": given.learning_rate},
            {"params": groups[True], "lr": given.learning_rate * given.rate},
        ]
    )


def train_epoch(network, theta, optimizer, images, labels, given):
    """The mean loss."""
    network.train()
    order = torch.randperm(len(labels), device=labels.device)
    total = torch.zeros((), device=labels.device)
    for batch in order.split(64):
        loss = F.nll_loss(network(images[batch]), labels[batch])
        if given.transform_penalty > 0:
            distance = (theta.value - IDENTITY.to(labels.device)) ** 2
            loss = loss + given.transform_penalty * distance.sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        if given.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(network.parameters(), given.clip_norm)
        optimizer.step()
        total += loss.detach() * len(batch)
    return float(total) / len(labels)


@torch.no_grad()
def validate(network, images, labels):
    """The mean loss, and how many images are classified correctly."""
    network.eval()
    # Attention over the batch depends on how images are batched: 64, as in training.
    outputs = torch.cat([network(batch) for batch in images.split(64)])
    return float(F.nll_loss(outputs, labels)), int((outputs.argmax(1) == labels).sum())


def near_chance(labels):
    share = int(labels.bincount().max()) / len(labels)
    return share + max(3 * math.sqrt(share * (1 - share) / len(labels)), (1 - share) / 20)


def collapse_of(epochs, limit, images):
    """The first and last epoch of a collapse, counted from 1; None where there is none. See src/train/collapse.ts."""

    def finite(each):
        return math.isfinite(each["train_loss"]) and math.isfinite(each["validation_loss"])

    bad = [not finite(each) or each["accuracy"] <= limit for each in epochs]
    if True not in bad:
        return None
    end = max(at for at, each in enumerate(bad) if each)
    start = max((at + 1 for at in range(end) if not bad[at]), default=0)
    by_chance = all(finite(each) for each in epochs[start : end + 1])
    recovered = end < len(epochs) - 1
    early = end + 1 <= len(epochs) / 3
    if start == 0 and (recovered or (early and by_chance)):
        return None
    if recovered and early:
        return None
    before = max([0, *(each["accuracy"] for each in epochs[:start])])
    if recovered and by_chance and before <= limit + 3 * math.sqrt(limit * (1 - limit) / images):
        return None
    return start + 1, end + 1


def train_seed(seed, given, train, test):
    torch.manual_seed(seed)
    network = make_network(given.model).to(given.device)
    theta = Theta(network)
    optimizer = make_optimizer(network, given)
    epochs = []
    for _ in range(given.epochs):
        train_loss = train_epoch(network, theta, optimizer, *train, given)
        validation_loss, correct = validate(network, *test)
        accuracy = correct / len(test[1])
        epochs.append({"train_loss": train_loss, "validation_loss": validation_loss, "accuracy": accuracy})
    return epochs


def main():
    given = options()
    if given.threads:
        torch.set_num_threads(given.threads)
    folder = pathlib.Path(given.data)
    train, test = read_set(folder, "train", given.device), read_set(folder, "t10k", given.device)
    if given.images:
        train = tuple(each[: given.images] for each in train)
    limit = near_chance(test[1])
    print(f"PyTorch {torch.__version__} on {given.device}: {given.model}, {given.epochs} epochs, "
          f"{len(train[1])} training images; near chance is {100 * limit:.2f} % or less")
    runs, collapsed = [], 0
    for seed in range(given.first_seed, given.first_seed + given.seeds):
        began = time.perf_counter()
        epochs = train_seed(seed, given, train, test)
        found = collapse_of(epochs, limit, len(test[1]))
        collapsed += found is not None
        said = "did not collapse" if found is None else f"collapsed in epochs {found[0]} to {found[1]}"
        accuracies = [each["accuracy"] for each in epochs]
        print(f"seed {seed}: {said}; last {100 * accuracies[-1]:.2f} %, best {100 * max(accuracies):.2f} %, "
              f"lowest after the first third {100 * min(accuracies[len(accuracies) // 3 :]):.2f} %, "
              f"{time.perf_counter() - began:.0f} s", flush=True)
        runs.append({"seed": seed, "collapse": found, "epochs": epochs})
    print(f"collapsed: {collapsed} of {given.seeds}")
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps({**vars(given), "runs": runs}) + "\n")


main()
