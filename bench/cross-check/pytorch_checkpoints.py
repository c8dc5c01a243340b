"""Lets PyTorch read what Fovea writes, and Fovea what PyTorch writes, and compares every bit.

    python3 bench/cross-check/pytorch_checkpoints.py

Build first (`npm run build`). Prints a line a comparison; the exit code is 1 where one fails.
"""

import inspect
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections import OrderedDict

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
FOVEA = os.path.join(HERE, "..", "..", "dist", "cli", "fovea.js")

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
SHAPES = [(), (0,), (1,), (7,), (3, 5), (2, 0, 4), (2, 3, 4, 5)]


def random_tensor(name, shape):
    """Random bits, so that infinities, NaN and subnormal numbers occur."""
    dtype = DTYPES[name]
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).bool()
    size = torch.empty((), dtype=dtype).element_size()
    count = int(torch.tensor(shape).prod()) if shape else 1
    return torch.randint(0, 256, (count * size,), dtype=torch.uint8).view(dtype).reshape(shape)


def layouts(name):
    """Tensors that share a storage, or show it with other strides."""
    base = random_tensor(name, (4, 6, 5))
    return {
        "base": base,
        "transposed": base.permute(2, 0, 1),
        "part": base[1:3, 2, 1:],
        "every second": base[:, ::2, ::3],
        "one": base[3, 5, 4],
        "repeated": base[0, 0].expand(3, 5),
        "empty": base[:, 2:2],
        "last memory": random_tensor(name, (2, 3, 4, 4)).contiguous(memory_format=torch.channels_last),
    }


def checkpoints():
    for name in DTYPES:
        yield f"{name}, every shape", {str(shape): random_tensor(name, shape) for shape in SHAPES}
        yield f"{name}, shared and strided", layouts(name)
    modules = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.MultiheadAttention(4, 2))
    yield "state_dict of modules", modules.state_dict()
    yield "parameters", dict(modules.named_parameters())
    yield "names", OrderedDict((name, torch.ones(1)) for name in ["", "__proto__", "10", "2", "ä→", "a\nb"])
    yield "500 tensors", {str(index): random_tensor("F32", (index % 9,)) for index in range(500)}


def bits(tensor):
    """Row-major bytes, as hexadecimal text."""
    values = tensor.detach().contiguous().flatten()
    if values.numel() == 0:
        return ""
    return bytes(values.view(torch.uint8).tolist()).hex()


def node(*arguments):
    done = subprocess.run(["node", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def described(tensors):
    names = {dtype: name for name, dtype in DTYPES.items()}
    return [
        {"name": name, "dtype": names[each.dtype], "shape": list(each.shape), "bytes": bits(each)}
        for name, each in tensors.items()
    ]


def fovea_reads(folder, state, **options):
    path = os.path.join(folder, "saved.pt")
    torch.save(state, path, **options)
    return json.loads(node(os.path.join(HERE, "print-tensors.js"), path)) == described(state)


def fovea_writes(folder, state):
    """Saved by PyTorch, exported by Fovea as .pt, and over .safetensors as .pt."""
    saved, direct, between, again = (
        os.path.join(folder, name) for name in ["saved.pt", "a.pt", "b.safetensors", "c.pt"]
    )
    torch.save(state, saved)
    for source, out in [(saved, direct), (saved, between), (between, again)]:
        node(FOVEA, "export", source, out, "--force")
    with open(direct, "rb") as one, open(again, "rb") as other:
        same_bytes = one.read() == other.read()
    expected = described({name: each.float() for name, each in state.items()})
    ways = [{}]
    if "weights_only" in inspect.signature(torch.load).parameters:
        ways.append({"weights_only": True})
    loaded = [torch.load(direct, **way) for way in ways]
    return same_bytes and aligned(direct) and all(
        isinstance(each, OrderedDict) and described(each) == expected for each in loaded
    )


def aligned(path):
    """Whether every storage begins at a multiple of 64 bytes."""
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        if archive.testzip() is not None:
            return False
        for info in archive.infolist():
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            name, extra = (int.from_bytes(part, "little") for part in (lengths[:2], lengths[2:]))
            if (info.header_offset + 30 + name + extra) % 64 != 0:
                return False
    return True


def main():
    torch.manual_seed(0)
    failed = 0
    print(f"PyTorch {torch.__version__}")

    def report(what, fine):
        nonlocal failed
        failed += not fine
        print(f"{'equal   ' if fine else 'DIFFERS '} {what}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        for what, state in checkpoints():
            report(f"PyTorch → Fovea: {what}", fovea_reads(folder, state))
        for protocol in [2, 3, 4, 5]:
            fine = fovea_reads(folder, layouts("F32"), pickle_protocol=protocol)
            report(f"PyTorch → Fovea: pickle protocol {protocol}", fine)
        for what, state in checkpoints():
            # A NaN of half precision stays NaN, but may have other bits.
            state = {name: each for name, each in state.items() if each.is_floating_point()}
            state = {name: torch.nan_to_num(each) if each.dtype != torch.float32 else each for name, each in state.items()}
            if state:
                report(f"Fovea → PyTorch: {what}", fovea_writes(folder, state))
    sys.exit(1 if failed else 0)


main()
