"""What the Python peers share: the folder that `compare.js` writes, and the lines they speak with it.

`serve` tells what a peer is in one line, then answers each line of standard input with one JSON list:

    losses <model> <count>    mean loss of the first steps, dropout off
    steps <model> <count>     milliseconds of each of the next training steps, dropout on
    evaluate <model>          seconds of some evaluations of all test images

A network goes on training from one request for steps to the next.
"""

import json
import os
import statistics
import sys
import time

import numpy as np

EVALUATION_BATCHES = [64, 1000]
PASSES = 3


class Folder:
    """Images as normalised float32 [n, 1, rows, columns] and initial values by PyTorch's names."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(path, "setup.json")) as file:
            setup = json.load(file)
        self.learning_rate = setup["learningRate"]
        self.warm_up, self.turn = setup["warmUp"], setup["turn"]
        batch, rows, columns = setup["batchSize"], setup["rows"], setup["columns"]
        self.batches = self._read("train-images.f32", np.float32).reshape(-1, batch, 1, rows, columns)
        self.labels = self._read("train-labels.u8", np.uint8).reshape(-1, batch).astype(np.int64)
        self.test = self._read("test-images.f32", np.float32).reshape(-1, 1, rows, columns)

    def _read(self, name, dtype):
        return np.fromfile(os.path.join(self.path, name), dtype)

    def initial_values(self, model):
        """Reads safetensors: 8 bytes of header length, the header as JSON, the values."""
        with open(os.path.join(self.path, f"{model}.safetensors"), "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            data = file.read()
        header.pop("__metadata__", None)
        return {
            name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
            for name, entry in header.items()
        }


def timed(run, count, seconds):
    """Milliseconds of each of `count` runs, or of fewer, at least one, if they take too long."""
    times = []
    while len(times) < count and sum(times) < seconds * 1000:
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return times


def steps(folder, training, count):
    timed(training.step, folder.warm_up["steps"], folder.warm_up["seconds"])
    return timed(training.step, count, folder.turn["seconds"])


def evaluations(model, training):
    """Evaluates with the batch size that is fastest on this machine."""
    # With attention over the batch, another batch size would be another network.
    sizes = EVALUATION_BATCHES[:1] if model == "mha-batch" else EVALUATION_BATCHES
    passes = []
    for size in sizes:
        training.evaluate(size)
        passes.append([ms / 1000 for ms in timed(lambda: training.evaluate(size), PASSES, 20)])
    return min(passes, key=statistics.median)


def serve(identity, folder, make_training):
    """
    identity: name and version.
    make_training: from a model's name, its first values, and whether only its first losses are checked, to an object with `step()`, which trains on
    the next batch, `loss()`, which does the same with dropout off and returns the loss, and
    `evaluate(batch_size)`.
    """
    trainings = {}

    def answer(what, model, count=0):
        if what == "losses":
            training = make_training(model, folder.initial_values(model), True)
            return [training.loss() for _ in range(int(count))]
        if model not in trainings:
            trainings[model] = make_training(model, folder.initial_values(model), False)
        if what == "evaluate":
            return evaluations(model, trainings[model])
        return steps(folder, trainings[model], int(count))

    print(json.dumps(identity), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(*line.split())), flush=True)
