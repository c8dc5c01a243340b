"""Checks ONNX files with ONNX's own checker, and runs them in ONNX Runtime.

    fovea export RUN model.onnx
    python bench/cross-check/onnx_check.py model.onnx...

Needs `onnx`, `onnxruntime` and `numpy`. Runs each file on random images, alone and as a batch: both must give
the same, except where the file's metadata warns that the images of a batch see each other.
"""

import sys

import numpy as np
import onnx
import onnxruntime


def check(path: str) -> None:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    metadata = {each.key: each.value for each in model.metadata_props}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    shape = [5, *given.shape[1:]]
    random = np.random.default_rng(0)
    images = random.integers(0, 256, shape, dtype=np.uint8)
    if given.type != "tensor(uint8)":
        images = (images / 255).astype(np.float32)
    logs, probabilities = session.run(None, {given.name: images})
    assert logs.shape[0] == 5 and np.isfinite(logs).all(), logs
    np.testing.assert_allclose(np.exp(logs), probabilities, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    alone = np.concatenate([session.run(None, {given.name: images[at : at + 1]})[0] for at in range(5)])
    difference = np.abs(alone - logs).max()
    if "warning" not in metadata:
        assert difference < 1e-4, f"{path}: alone and in a batch differ by {difference}"
    nodes = len(model.graph.node)
    print(f"{path}: {nodes} nodes, checked; alone and in a batch differ by {difference:.1e}")


for path in sys.argv[1:]:
    check(path)
