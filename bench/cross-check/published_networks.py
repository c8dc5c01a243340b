"""Evaluates the study's checkpoints on MNIST's test images in PyTorch, as `fovea evaluate` does.

    python3 bench/cross-check/published_networks.py DIR

DIR has `mnist/` and `published/`, as the folder of `FOVEA_DATA`. Prints, for each checkpoint and way of
putting the images into batches, how many it gets right and the mean loss.
"""

import gzip
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "peers"))
from pytorch_networks import make_network  # noqa: E402

MEAN, STD = 0.1307, 0.3081
BATCH_SIZES = [1, 2, 8, 64, 256, 1000]


def read(folder):
    with gzip.open(os.path.join(folder, "mnist", "t10k-images-idx3-ubyte.gz")) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    with gzip.open(os.path.join(folder, "mnist", "t10k-labels-idx1-ubyte.gz")) as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    images = torch.from_numpy(pixels.astype(np.float32)).view(-1, 1, 28, 28) / 255
    return (images - MEAN) / STD, torch.from_numpy(labels.astype(np.int64))


def load(folder, model, name):
    network = make_network(model)
    state = torch.load(os.path.join(folder, "published", name), map_location="cpu")
    # The file also holds CoordConv's inherited weights, which the network lacks. The network's own must all be there.
    missing, _ = network.load_state_dict(state, strict=False)
    assert not missing, missing
    return network.eval()


def evaluate(network, images, labels, batch_size):
    correct, loss = 0, 0.0
    with torch.no_grad():
        for x, y in zip(images.split(batch_size), labels.split(batch_size)):
            output = network(x)
            correct += (output.argmax(1) == y).sum().item()
            loss += F.nll_loss(output, y, reduction="sum").double().item()
    return f"{correct:,} correct, loss {loss / len(labels):.4f}"


def main():
    folder = sys.argv[1] if len(sys.argv) == 2 else ""
    if not all(os.path.isdir(os.path.join(folder, part)) for part in ("mnist", "published")):
        sys.exit(f"expected a folder with mnist/ and published/, got {folder or 'none'}")
    images, labels = read(folder)
    for model, name in [("stn", "baseline_network.pt"), ("coordconv-stn", "coordconv_network.pt")]:
        print(f"{name} as {model}: {evaluate(load(folder, model, name), images, labels, 64)}")
    name = "vit_network.pt"
    network = load(folder, "mha-batch", name)
    for size in BATCH_SIZES:
        print(f"{name} as mha-batch, batches of {size}: {evaluate(network, images, labels, size)}")
    order = torch.sort(labels, stable=True).indices
    for size in [64, 1000]:
        result = evaluate(network, images[order], labels[order], size)
        print(f"{name} as mha-batch, batches of {size}, sorted by class: {result}")
    print(f"{name} as mha: {evaluate(load(folder, 'mha', name), images, labels, 64)}")


main()
