"""Trains a network of docs/models.md in PyTorch with several seeds, and says which of them collapsed.

    python3 bench/cross-check/collapse.py --data MNIST --epochs 60 --seeds 10
    python3 bench/cross-check/collapse.py --data MNIST --epochs 60 --seeds 10 --learning-rates 0.01 0.03 \\
        --remedies none rate=0.1 clip=1 penalty=0.1 --json collapse.json

The recipe is that of the study of 2021: batches of 64 in a new order each epoch, the last one smaller, gradient descent
with learning rate 0.01, the mean negative log-likelihood. A remedy changes it: `rate` multiplies the learning rate of the
localization network, `clip` bounds the norm of the gradients, `penalty` is the factor of the transformer's squared distance
from the identity. Seeds give other random numbers than those of Fovea, so that rates of collapse can be compared, not runs.

All runs are trained at once (seeds_at_once.py), since one such network leaves a GPU almost idle.

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

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
from seeds_at_once import Run, SeedsAtOnce  # noqa: E402

REMEDIES = ("rate", "clip", "penalty")
FIGURES = ("train_loss", "validation_loss", "accuracy")


def remedy(text):
    if text == "none":
        return {}
    name, _, number = text.partition("=")
    if name not in REMEDIES:
        raise argparse.ArgumentTypeError(f"expected none or one of {', '.join(REMEDIES)} with a number, got {text}")
    return {name: float(number)}


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder with MNIST's four files, gzipped or not")
    parser.add_argument("--model", default="coordconv-stn", choices=["cnn", "stn", "coordconv-stn", "mha", "mha-batch"])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--minutes", type=float, help="begin no epoch after so many minutes")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--learning-rates", type=float, nargs="+", default=[0.01])
    parser.add_argument("--remedies", type=remedy, nargs="+", default=[{}], help="none, rate=R, clip=NORM, penalty=P")
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


def near_chance(labels):
    share = int(labels.bincount().max()) / len(labels)
    return share + max(3 * math.sqrt(share * (1 - share) / len(labels)), (1 - share) / 20)


def collapse_of(epochs, limit, images):
    """The first and last epoch of a collapse, counted from 1; None where there is none. See src/train/collapse.ts."""

    def finite(each):
        return each["train_loss"] is not None and each["validation_loss"] is not None

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


def fell(epochs):
    """Whether an accuracy after the first third is over 5 points below the highest before it. See src/stats/stability.ts."""
    accuracies = [each["accuracy"] for each in epochs]
    start = len(accuracies) // 3
    return start > 0 and any(max(accuracies[:at]) - accuracies[at] > 0.05 for at in range(start, len(accuracies)))


def significant(value):
    """Five digits; None for what JSON cannot hold."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def train(given, training_set, test_set):
    """Yields the runs and the figures of each after every epoch."""
    torch.manual_seed(given.first_seed)
    runs = [
        Run(seed=given.first_seed + at, learning_rate=rate, **found)
        for rate in given.learning_rates
        for found in given.remedies
        for at in range(given.seeds)
    ]
    together = SeedsAtOnce(given.model, runs, given.device)
    histories = [[] for _ in runs]
    began = time.perf_counter()
    for epoch in range(given.epochs):
        minutes = (time.perf_counter() - began) / 60
        if given.minutes is not None and minutes >= given.minutes:
            break
        figures = zip(together.train_epoch(*training_set), *together.validate(*test_set))
        for history, of_run in zip(histories, figures):
            history.append(dict(zip(FIGURES, map(significant, of_run))))
        print(f"epoch {epoch + 1} of {given.epochs}, {(time.perf_counter() - began) / 60:.1f} min", file=sys.stderr, flush=True)
        yield runs, histories


def columns(history):
    """A list for each figure, by epoch."""
    return {name: [each[name] for each in history] for name in history[0]}


def device_name(device):
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def say(runs, histories, collapses):
    for run, epochs, found in zip(runs, histories, collapses):
        said = "did not collapse" if found is None else f"collapsed in epochs {found[0]} to {found[1]}"
        accuracies = [each["accuracy"] for each in epochs]
        print(f"{run.name()}, seed {run.seed}: {said}; last {100 * accuracies[-1]:.2f} %, best {100 * max(accuracies):.2f} %, "
              f"lowest after the first third {100 * min(accuracies[len(accuracies) // 3 :]):.2f} %")
    for name in dict.fromkeys(run.name() for run in runs):
        of = [at for at, run in enumerate(runs) if run.name() == name]
        collapsed, fallen = sum(collapses[at] is not None for at in of), sum(fell(histories[at]) for at in of)
        print(f"{name}: collapsed {collapsed} of {len(of)}, fell {fallen} of {len(of)}")


def main():
    given = options()
    if given.threads:
        torch.set_num_threads(given.threads)
    folder = pathlib.Path(given.data)
    training_set, test_set = read_set(folder, "train", given.device), read_set(folder, "t10k", given.device)
    if given.images:
        training_set = tuple(each[: given.images] for each in training_set)
    images = len(test_set[1])
    limit = near_chance(test_set[1])
    print(f"PyTorch {torch.__version__} on {given.device}: {given.model}, {len(training_set[1])} training images; "
          f"near chance is {100 * limit:.2f} % or less", flush=True)
    for runs, histories in train(given, training_set, test_set):
        collapses = [collapse_of(history, limit, images) for history in histories]
        if given.json:
            kept = [
                json.dumps({**run.settings(), "collapse": found} | columns(history))
                for run, found, history in zip(runs, collapses, histories)
            ]
            about = f'"pytorch": {json.dumps(torch.__version__)}, "device": {json.dumps(device_name(given.device))}'
            text = f'{{"model": {json.dumps(given.model)}, {about}, "runs": [\n' + ",\n".join(kept) + "\n]}\n"
            pathlib.Path(given.json).write_text(text)
    print(f"after {len(histories[0])} epochs:")
    say(runs, histories, collapses)


main()
