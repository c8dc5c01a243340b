"""Reads an event file of `fovea export RUN --tensorboard DIR` with TensorBoard, and compares it with the run.

    python tensorboard_check.py RUN DIR

Needs tensorboard (pip install tensorboard). DIR is the folder that was given to --tensorboard.
"""

import csv
import json
import math
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2


def main() -> None:
    run, logs = Path(sys.argv[1]), Path(sys.argv[2])
    events = EventAccumulator(str(logs / run.resolve().name), size_guidance={"images": 0})
    events.Reload()
    with open(run / "metrics.csv", newline="") as file:
        epochs = list(csv.DictReader(file))
    record = json.loads((run / "run.json").read_text())

    columns = {
        "loss/train": "train_loss",
        "loss/validation": "val_loss",
        "learning rate": "learning_rate",
    }
    for tag, column in columns.items():
        scalars = events.Scalars(tag)
        assert len(scalars) == len(epochs), (tag, len(scalars), len(epochs))
        for scalar, epoch in zip(scalars, epochs):
            assert scalar.step == int(epoch["epoch"]), (tag, scalar.step)
            assert math.isclose(scalar.value, float(epoch[column]), rel_tol=1e-6), (tag, scalar)

    tags = events.summary_metadata
    start = plugin_data_pb2.HParamsPluginData.FromString(
        tags["_hparams_/session_start_info"].plugin_data.content
    ).session_start_info
    assert start.hparams["model"].string_value == record["model"]
    recipe = record["spec"]["recipe"]
    assert start.hparams["batch-size"].number_value == recipe["batchSize"]
    assert start.hparams["learning-rate"].number_value == recipe["learningRate"]
    if record["state"] == "done":
        end = plugin_data_pb2.HParamsPluginData.FromString(
            tags["_hparams_/session_end_info"].plugin_data.content
        ).session_end_info
        assert end.status == 1, end

    images = events.Tags()["images"]
    for tag in images:
        (image,) = events.Images(tag)
        assert image.encoded_image_string.startswith(b"\x89PNG"), tag
        assert image.width > 0 and image.height > 0, tag
    print(f"{len(epochs)} epochs, {len(start.hparams)} hyper-parameters, {len(images)} images: equal")


main()
