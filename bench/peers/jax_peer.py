"""The five networks in JAX on the CPU, for `compare.js`: see `python_peer.py`.

Arguments: the folder and the number of threads. A step is one compiled call: forward, loss, gradients and
SGD. Images are channels-last, which XLA's convolutions on the CPU ask for; the first fully connected
layer's weights are reordered to that once, when they are read.
"""

import functools
import os
import sys

threads = int(sys.argv[2])
# XLA reads these when it starts. One thread of its pool computes in addition to the calling one, so the process is
# held to as many cores as threads, where the system can do that.
os.environ["PJRT_NPROC"] = os.environ["NPROC"] = str(threads)
os.environ["JAX_PLATFORMS"] = "cpu"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax.scipy.ndimage import map_coordinates  # noqa: E402

from python_peer import Folder, serve  # noqa: E402

HEADS = 2
DROP = 0.5


def conv(values, name, x):
    """Weights are [out, in, rows, columns]."""
    weight, bias = values[f"{name}.weight"], values[f"{name}.bias"]
    y = jax.lax.conv_general_dilated(
        x, weight.transpose(2, 3, 1, 0), (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return y + bias


def coord_conv(values, name, x):
    n, rows, columns, _ = x.shape
    row = jnp.broadcast_to(jnp.linspace(-1, 1, rows)[:, None, None], (n, rows, columns, 1))
    column = jnp.broadcast_to(jnp.linspace(-1, 1, columns)[None, :, None], (n, rows, columns, 1))
    return conv(values, f"{name}.conv", jnp.concatenate([x, row, column], 3))


def linear(values, name, x):
    y = x @ values[f"{name}.weight"].T
    return y + values[f"{name}.bias"] if f"{name}.bias" in values else y


def max_pool(x):
    """Windows of 2×2; an odd last row and column is left out, as in PyTorch."""
    n, rows, columns, channels = x.shape
    rows, columns = rows // 2, columns // 2
    windows = x[:, : 2 * rows, : 2 * columns].reshape(n, rows, 2, columns, 2, channels)
    return windows.max((2, 4))


def drop(key, x, shape):
    """Dropout of values, or of whole channels where `shape` has them alone."""
    if key is None:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - DROP, shape), x / (1 - DROP), 0)


def warp(x, theta):
    """Bilinear sampling at the affine grid, zeros outside; `align_corners=False`."""
    _, rows, columns, _ = x.shape
    row = (2 * jnp.arange(rows) + 1) / rows - 1
    column = (2 * jnp.arange(columns) + 1) / columns - 1
    column, row = jnp.meshgrid(column, row)
    grid = jnp.stack([column, row, jnp.ones_like(row)])  # [3, rows, columns]
    at = jnp.einsum("nij,jrc->nirc", theta, grid)
    at_column = ((at[:, 0] + 1) * columns - 1) / 2
    at_row = ((at[:, 1] + 1) * rows - 1) / 2
    sample = functools.partial(map_coordinates, order=1, mode="constant")
    return jax.vmap(lambda image, r, c: sample(image, [r, c]))(x[..., 0], at_row, at_column)[..., None]


def spatial_transformer(values, x, convolve):
    y = jax.nn.relu(max_pool(convolve(values, "localization.0", x)))
    y = jax.nn.relu(max_pool(convolve(values, "localization.3", y)))
    y = jax.nn.relu(linear(values, "fc_loc.0", y.reshape(len(y), -1)))
    return warp(x, linear(values, "fc_loc.2", y).reshape(-1, 2, 3))


def attention(values, name, x, over_batch):
    n, rows, columns, channels = x.shape
    tokens = x.reshape(n, rows * columns, channels)
    weights = jnp.split(values[f"{name}.ma.in_proj_weight"], 3)
    biases = jnp.split(values[f"{name}.ma.in_proj_bias"], 3)
    q, k, v = (
        (linear(values, f"{name}.{projection}", tokens) @ weight.T + bias)
        .reshape(n, rows * columns, HEADS, channels // HEADS)
        for projection, weight, bias in zip("qkv", weights, biases)
    )
    # n, m: images; p, o: places; h: heads; d: channels of a head.
    scores, sums = ("nphd,mphd->phnm", "phnm,mphd->nphd") if over_batch else (
        "nphd,nohd->nhpo", "nhpo,nohd->nphd")
    scaled = jnp.einsum(scores, q, k) / (channels // HEADS) ** 0.5
    y = jnp.einsum(sums, jax.nn.softmax(scaled), v).reshape(tokens.shape)
    return x + linear(values, f"{name}.ma.out_proj", y).reshape(x.shape)


def network(model, values, x, key):
    """Log-probabilities. Without a key nothing is dropped."""
    convolve = coord_conv if model == "coordconv-stn" else conv
    keys = [None, None] if key is None else jax.random.split(key)
    attend = functools.partial(attention, over_batch=model == "mha-batch")
    if model.endswith("stn"):
        x = spatial_transformer(values, x, convolve)
    x = jax.nn.relu(max_pool(convolve(values, "conv1", x)))
    if model.startswith("mha"):
        x = attend(values, "vit1", x)
    x = convolve(values, "conv2", x)
    x = jax.nn.relu(max_pool(drop(keys[0], x, (len(x), 1, 1, x.shape[3]))))
    if model.startswith("mha"):
        x = attend(values, "vit2", x)
    x = jax.nn.relu(linear(values, "fc1", x.reshape(len(x), -1)))
    return jax.nn.log_softmax(linear(values, "fc2", drop(keys[1], x, x.shape)))


def descend(model, rate, values, images, labels, key):
    def loss_of(values):
        log_probabilities = network(model, values, images, key)
        return -jnp.take_along_axis(log_probabilities, labels[:, None], 1).mean()

    loss, gradients = jax.value_and_grad(loss_of)(values)
    return jax.tree.map(lambda value, gradient: value - rate * gradient, values, gradients), loss


def channels_last(weight, channels):
    """Weights of a layer that reads a flattened map, for maps with channels last."""
    out, features = weight.shape
    return weight.reshape(out, channels, features // channels).transpose(0, 2, 1).reshape(out, features)


class Training:
    """A network's values, and the batch that comes next."""

    def __init__(self, model, values, folder, data):
        self.values = {name: jnp.asarray(value) for name, value in values.items()}
        for name, before in [("fc1", "conv2"), ("fc_loc.0", "localization.3")]:
            bias = self.values.get(f"{before}.bias", self.values.get(f"{before}.conv.bias"))
            if bias is not None:
                weight = self.values[f"{name}.weight"]
                self.values[f"{name}.weight"] = channels_last(weight, len(bias))
        self.data = data
        self.key = jax.random.key(0)
        self.next = 0
        one = functools.partial(descend, model, folder.learning_rate)
        self.train = jax.jit(
            lambda values, images, labels, key, step: one(values, images, labels, jax.random.fold_in(key, step)),
            donate_argnums=0,
        )
        self.train_without_dropout = jax.jit(functools.partial(one, key=None), donate_argnums=0)
        self.predict = jax.jit(lambda values, images: network(model, values, images, None).argmax(1))

    def _batch(self):
        at = self.next % len(self.data.batches)
        self.next += 1
        return self.data.batches[at], self.data.labels[at]

    def step(self):
        step = self.next
        self.values, loss = self.train(self.values, *self._batch(), self.key, step)
        jax.block_until_ready((self.values, loss))

    def loss(self):
        self.values, loss = self.train_without_dropout(self.values, *self._batch())
        return loss.item()

    def evaluate(self, batch_size):
        batches = self.data.test_batches(batch_size)
        jax.block_until_ready([self.predict(self.values, images) for images in batches])


class Data:
    """On the device, channels last."""

    def __init__(self, folder):
        self.batches = [jnp.asarray(batch).transpose(0, 2, 3, 1) for batch in folder.batches]
        self.labels = [jnp.asarray(labels) for labels in folder.labels]
        self.test = jnp.asarray(folder.test).transpose(0, 2, 3, 1)

    @functools.cache
    def test_batches(self, batch_size):
        return [self.test[at : at + batch_size] for at in range(0, len(self.test), batch_size)]


def main():
    folder = Folder(sys.argv[1])
    data = Data(folder)
    serve(
        {"name": "JAX", "version": jax.__version__},
        folder,
        lambda model, values: Training(model, values, folder, data),
    )


main()
