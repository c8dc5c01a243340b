"""Writes foreign-fixtures.json: small files of PyTorch's, in base64, for the tests.

    python3 test/formats/make_foreign_fixtures.py > test/formats/foreign-fixtures.json

The file that is kept was written by PyTorch 2.13.0. Beside each file stands what torch.load gives back for its
tensors, as float64 or integers, so that the tests compare with PyTorch itself.
"""

import base64
import collections
import io
import json
import warnings

import numpy
import torch
from torch import nn

warnings.simplefilter("ignore")


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def listed(tensor):
    """Floats as text, since JSON has no NaN."""
    values = tensor.detach().reshape(-1)
    if tensor.dtype.is_floating_point:
        return [str(value) for value in values.to(torch.float64).tolist()]
    return [str(int(value)) for value in values.tolist()]


def fixture(value, entry=None, **options):
    content = saved(value, **options)
    loaded = torch.load(io.BytesIO(content), weights_only=options.get("weights_only", True))
    state_dict = loaded if entry is None else loaded[entry]
    tensors = {name: [list(tensor.shape), listed(tensor)] for name, tensor in state_dict.items()}
    return {"file": base64.b64encode(content).decode(), "tensors": tensors}


base = torch.arange(-6.0, 6.0).view(3, 4)


def negated():
    names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"]
    values = {name: torch._neg_view(base.to(getattr(torch, name))) for name in names if name != "uint8"}
    values["uint8"] = torch._neg_view(torch.tensor([0, 1, 255], dtype=torch.uint8))
    values["int8 least"] = torch._neg_view(torch.tensor([-128, 127], dtype=torch.int8))
    values["transposed"] = torch._neg_view(base.t())
    values["parameter"] = nn.Parameter(torch._neg_view(base[1]))
    return values


def newer_dtypes():
    names = ["uint16", "uint32", "uint64"]
    floats = ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]
    bits = torch.arange(256, dtype=torch.int16).to(torch.uint8)
    return {
        **{name: torch.tensor([0, 1, 60000], dtype=torch.int64).to(getattr(torch, name)) for name in names},
        "transposed": torch.arange(6, dtype=torch.int32).to(torch.uint16).view(2, 3).t(),
        **{name: bits.view(getattr(torch, name)) for name in floats},
    }


def attributes():
    parameter = nn.Parameter(torch.ones(2))
    parameter.tag = "x"
    tensor = torch.arange(3.0)
    tensor.tag = 3
    return {"parameter": parameter, "tensor": tensor, "grad": torch.ones(2).requires_grad_()}


def views():
    return {
        "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 3),
        "overlapping": torch.arange(6.0).as_strided((3, 3), (1, 1)),
        "sliced": torch.arange(24.0).view(2, 3, 4)[1, ::2, 1:],
        "scalar": torch.tensor(-0.5),
        "empty": torch.zeros(0),
        "emptyRows": torch.zeros(3, 0, 2),
        "channelsLast": torch.arange(8.0).view(1, 2, 2, 2).contiguous(memory_format=torch.channels_last),
    }


weights = {"w": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0])}

# What torch.load(weights_only=True) takes beside the weights.
beside = {
    "seed": 17982163893102248868,
    "negative": -(2**70),
    "device": torch.device("cuda", 1),
    "set": {1, 2},
    "bytes": bytes(range(256)),
    "bytearray": bytearray(b"abc"),
    "tuples": {("a", 1): 2, None: 3, 1.5: 4, b"k": 5},
    "counter": collections.Counter("abca"),
    "ordered": collections.OrderedDict(a=1),
    "complex": 1 + 2j,
    "complexTensor": torch.ones(2, dtype=torch.complex64),
    "size": torch.Size([1, 2]),
    "dtype": [torch.float32, torch.complex64, torch.uint4, torch.float8_e5m2],
    "layout": torch.strided,
    "sparse": torch.eye(2).to_sparse(),
    "csr": torch.eye(2).to_sparse_csr(),
    "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    "channels": torch.quantize_per_channel(
        torch.ones(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 0, torch.qint8
    ),
    "meta": torch.ones(2, device="meta"),
    "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "text": "half a pair: \udc80",
}


def exported():
    file = io.BytesIO()
    torch.export.save(torch.export.export(nn.Linear(1, 1), (torch.zeros(1, 1),)), file)
    return file.getvalue()


def array(*values):
    file = io.BytesIO()
    numpy.savez(file, *values)
    return file.getvalue()


def refused(content):
    return {"file": base64.b64encode(content).decode(), "tensors": {}}


# Which PyTorch takes after add_safe_globals alone.
unlisted = {
    "best": numpy.float64(0.5),
    "history": collections.defaultdict(list, {1: [2.0]}),
}

fixtures = {
    "negated": fixture(negated()),
    "newerDtypes": fixture(newer_dtypes()),
    "attributes": fixture(attributes()),
    "views": fixture(views()),
    **{f"beside {name}": fixture({"model": weights, name: value}, "model") for name, value in beside.items()},
    "beside everything": fixture({"model": weights, **beside}, "model"),
    **{f"beside {name}": {**refused(saved({"model": weights, name: value})),
        "tensors": {key: [list(tensor.shape), listed(tensor)] for key, tensor in weights.items()}}
        for name, value in unlisted.items()},
    "conjugated": refused(saved({"w": torch.ones(2, dtype=torch.complex64).conj()})),
    "exported": refused(exported()),
    "npz": refused(array(numpy.zeros(2))),
}
print(json.dumps(fixtures, indent=1))
