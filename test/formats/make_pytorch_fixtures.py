"""Writes pytorch-fixtures.json: small files of torch.save, in base64, for the tests.

    python3 test/formats/make_pytorch_fixtures.py > test/formats/pytorch-fixtures.json

The file that is kept was written by PyTorch 1.13.0. Of what Fovea must refuse, `code` would run a command
in Python, harmlessly.
"""

import base64
import io
import json
import os
import warnings
from collections import OrderedDict

import torch
from torch import nn

warnings.simplefilter("ignore")


class Code:
    def __reduce__(self):
        return os.system, ("true",)


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def script():
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), file)
    return file.getvalue()


def dtypes():
    values = torch.tensor([[0, 1], [2, 3]])
    names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
    return {name: values.to(getattr(torch, name)) for name in names}


def strided():
    base = torch.arange(12, dtype=torch.float32).view(3, 4)
    return {
        "base": base,
        "transposed": base.t(),
        "part": base[1:, 1:3],
        "repeated": base[1].expand(2, 4),
        "one": base[2, 3],
        "empty": base[:, :0],
        "scalar": torch.tensor(7.5),
    }


def module():
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    for parameter in layers.parameters():
        parameter.data.fill_(0.5)
    return layers


def checkpoint():
    layers = module()
    optimizer = torch.optim.SGD(layers.parameters(), lr=0.1, momentum=0.9)
    return {
        "epoch": 3,
        "model": layers.state_dict(),
        "optimizer": optimizer.state_dict(),
        "losses": [1.5, 2**40, None, True],
        "shape": torch.Size([2, 3]),
        "dtype": torch.float16,
        "nothing": {},
    }


ones = {"w": torch.ones(2)}
fixtures = {
    "dtypes": saved(dtypes()),
    "strided": saved(strided()),
    "stateDict": saved(module().state_dict()),
    "parameters": saved(OrderedDict(module().named_parameters())),
    "checkpoint": saved(checkpoint()),
    "protocol4": saved(strided(), pickle_protocol=4),
    "empty": saved({}),
    "twoStateDicts": saved({"model": ones, "average": ones, "epoch": 3}),
    "numbers": saved({"epoch": 3, "loss": 0.5, "name": "stn", "done": True, "seed": None}),
    "list": saved([torch.ones(2)]),
    "module": saved(nn.Linear(1, 1)),
    "code": saved({"w": Code()}),
    "complex": saved({"w": torch.ones(2, dtype=torch.complex64)}),
    "sparse": saved({"w": torch.eye(2).to_sparse()}),
    "script": script(),
    "legacy": saved(ones, _use_new_zipfile_serialization=False),
}
print(json.dumps({name: base64.b64encode(content).decode() for name, content in fixtures.items()}, indent=2))
