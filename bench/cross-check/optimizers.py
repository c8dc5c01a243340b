"""Writes what PyTorch's optimizers, schedules, clipping and losses compute: test/train/pytorch-training.json.

    python3 bench/cross-check/optimizers.py
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

STEPS, BATCH, IMAGES, SIDE, HIDDEN, CLASSES = 200, 8, 40, 3, 5, 3
EPOCH = IMAGES // BATCH


def fraction(index, salt):
    """A number in 0..1 that the test computes too."""
    return ((index * 7919 + salt * 104729) % 10007) / 10007


images = torch.tensor([int(fraction(i, 1) * 256) for i in range(IMAGES * SIDE * SIDE)], dtype=torch.float32)
images = ((images / 255 - 0.5) / 0.25).reshape(IMAGES, SIDE * SIDE)
labels = torch.tensor([int(fraction(i, 2) * CLASSES) for i in range(IMAGES)])


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(SIDE * SIDE, HIDDEN)
        self.fc2 = torch.nn.Linear(HIDDEN, CLASSES)
        index = 0
        with torch.no_grad():
            for parameter in self.parameters():
                values = [fraction(index + i, 3) - 0.5 for i in range(parameter.numel())]
                parameter.copy_(torch.tensor(values).reshape(parameter.shape))
                index += parameter.numel()

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


optimizers = {
    "sgd": lambda p, o: torch.optim.SGD(p, foreach=False, **o),
    "adam": lambda p, o: torch.optim.Adam(p, foreach=False, **o),
    "adamw": lambda p, o: torch.optim.AdamW(p, foreach=False, **o),
    "rmsprop": lambda p, o: torch.optim.RMSprop(p, foreach=False, **o),
}
names = {"weightDecay": "weight_decay"}


def snake(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def options_of(section):
    return {snake(name): value for name, value in section.items() if name not in ("kind", "warmup")}


def scheduler_of(optimizer, schedule, rate, steps, per_epoch):
    """A function that is called after each step with the number of steps so far and the epoch's loss."""
    kind, options = schedule["kind"], options_of(schedule)
    warm = round(schedule["warmup"]["epochs"] * per_epoch) if "warmup" in schedule else 0
    L = torch.optim.lr_scheduler
    if kind == "constant":
        own = L.LambdaLR(optimizer, lambda _: 1.0)
    elif kind == "step":
        own = L.StepLR(optimizer, options["step_size"] * per_epoch, options.get("gamma", 0.1))
    elif kind == "multiStep":
        own = L.MultiStepLR(optimizer, [m * per_epoch for m in options["milestones"]], options.get("gamma", 0.1))
    elif kind == "cosine":
        own = L.CosineAnnealingLR(optimizer, steps - warm, options.get("min_rate", 0))
    elif kind == "oneCycle":
        cycles = options.pop("cycle_momentum", "betas" in optimizer.defaults or optimizer.defaults["momentum"] > 0)
        own = L.OneCycleLR(optimizer, rate, total_steps=steps, cycle_momentum=cycles, **options)
    if warm:
        start = schedule["warmup"].get("startFactor", 1 / 3)
        before = L.LinearLR(optimizer, start, 1.0, warm)
        return L.SequentialLR(optimizer, [before, own], [warm])
    return own


def loss_of(logits, target, loss):
    if loss.get("kind") == "mse":
        return F.mse_loss(F.softmax(logits, 1), F.one_hot(target, CLASSES).float())
    weights = loss.get("classWeights")
    return F.cross_entropy(
        logits,
        target,
        weight=None if weights is None else torch.tensor(weights),
        label_smoothing=loss.get("labelSmoothing", 0.0),
    )


def trained(case):
    network = Network()
    recipe = case["recipe"]
    optimizer_section = recipe.get("optimizer", {"kind": "sgd"})
    rate = case["learningRate"]
    groups = {}
    for name, parameter in network.named_parameters():
        group = next((g for g in recipe.get("groups", []) if __import__("fnmatch").fnmatch(name, g["match"])), {})
        if group.get("frozen"):
            parameter.requires_grad_(False)
            continue
        key = json.dumps(group)
        groups.setdefault(key, {"params": [], "lr": rate * group.get("rate", 1.0)})
        if "weightDecay" in group:
            groups[key]["weight_decay"] = group["weightDecay"]
        groups[key]["params"].append(parameter)
    optimizer = optimizers[optimizer_section["kind"]](list(groups.values()), {"lr": rate, **options_of(optimizer_section)})
    schedule = recipe.get("schedule", {"kind": "constant"})
    scheduler = scheduler_of(optimizer, schedule, rate, STEPS, EPOCH)
    averages = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe["ema"]["decay"])) if "ema" in recipe else None
    trainable = [p for p in network.parameters() if p.requires_grad]
    losses = []
    for step in range(STEPS):
        at = (step % EPOCH) * BATCH
        optimizer.zero_grad()
        loss = loss_of(network(images[at : at + BATCH]), labels[at : at + BATCH], recipe.get("loss", {}))
        loss.backward()
        clip = recipe.get("clip", {})
        if "norm" in clip:
            torch.nn.utils.clip_grad_norm_(trainable, clip["norm"])
        if "value" in clip:
            torch.nn.utils.clip_grad_value_(trainable, clip["value"])
        optimizer.step()
        scheduler.step()
        if averages is not None:
            averages.update_parameters(network)
        losses.append(loss.item())
    final = averages.module if averages is not None else network
    values = {name: [round(v, 8) for v in p.flatten().tolist()] for name, p in final.named_parameters()}
    return {"parameters": values, "firstLoss": losses[0], "lastLoss": losses[-1]}


def case(learning_rate, **recipe):
    return {"learningRate": learning_rate, "recipe": recipe}


sgd = lambda **o: {"kind": "sgd", **o}
cases = [
    case(0.05),
    case(0.05, optimizer=sgd(weightDecay=0.01)),
    case(0.02, optimizer=sgd(momentum=0.9)),
    case(0.02, optimizer=sgd(momentum=0.9, dampening=0.3, weightDecay=0.01)),
    case(0.02, optimizer=sgd(momentum=0.9, nesterov=True, weightDecay=0.001)),
    case(0.003, optimizer={"kind": "adam"}),
    case(0.003, optimizer={"kind": "adam", "betas": [0.8, 0.95], "eps": 1e-4, "weightDecay": 0.02}),
    case(0.003, optimizer={"kind": "adamw"}),
    case(0.003, optimizer={"kind": "adamw", "weightDecay": 0.1, "betas": [0.85, 0.99]}),
    case(0.002, optimizer={"kind": "rmsprop"}),
    case(0.002, optimizer={"kind": "rmsprop", "alpha": 0.9, "eps": 1e-4, "weightDecay": 0.01}),
    case(0.001, optimizer={"kind": "rmsprop", "momentum": 0.5}),
    case(0.001, optimizer={"kind": "rmsprop", "centered": True, "momentum": 0.5, "eps": 1e-3}),
    case(0.1, clip={"norm": 0.2}),
    case(0.003, optimizer={"kind": "adam"}, clip={"norm": 0.5}),
    case(0.02, optimizer=sgd(momentum=0.9), clip={"value": 0.02}),
    case(0.05, ema={"decay": 0.95}),
    case(0.003, optimizer={"kind": "adamw"}, ema={"decay": 0.99}, clip={"norm": 0.3}),
    case(0.02, optimizer=sgd(momentum=0.9, weightDecay=0.01), groups=[{"match": "fc1.*", "rate": 0.1, "weightDecay": 0}]),
    case(0.02, groups=[{"match": "fc1.weight", "frozen": True}, {"match": "*.bias", "rate": 2}], clip={"norm": 0.2}),
    case(0.003, optimizer={"kind": "adamw", "weightDecay": 0.1}, groups=[{"match": "*.bias", "weightDecay": 0}]),
    case(0.05, loss={"kind": "crossEntropy", "labelSmoothing": 0.1}),
    case(0.05, loss={"kind": "crossEntropy", "classWeights": [0.5, 2, 1]}),
    case(0.05, loss={"kind": "crossEntropy", "labelSmoothing": 0.2, "classWeights": [0.5, 2, 1]}),
    case(0.2, loss={"kind": "mse"}),
    case(0.05, schedule={"kind": "step", "stepSize": 7, "gamma": 0.5}),
    case(0.05, schedule={"kind": "multiStep", "milestones": [10, 25], "gamma": 0.3}),
    case(0.05, schedule={"kind": "cosine", "minRate": 0.001}),
    case(0.1, optimizer=sgd(momentum=0.9), schedule={"kind": "oneCycle"}),
    case(0.01, optimizer={"kind": "adam"}, schedule={"kind": "oneCycle", "pctStart": 0.25, "annealStrategy": "linear"}),
    case(0.1, schedule={"kind": "oneCycle", "threePhase": True, "finalDivFactor": 100}),
    case(0.05, schedule={"kind": "constant", "warmup": {"epochs": 4}}),
    case(0.05, schedule={"kind": "cosine", "warmup": {"epochs": 2.4, "startFactor": 0.1}}),
    case(0.05, schedule={"kind": "step", "stepSize": 6, "warmup": {"epochs": 3}}),
]


def rates(one):
    """Learning rate and momentum of each step."""
    recipe = one["recipe"]
    optimizer = optimizers[recipe.get("optimizer", {"kind": "sgd"})["kind"]](
        [torch.nn.Parameter(torch.zeros(1))], {"lr": one["learningRate"], **options_of(recipe.get("optimizer", {}))}
    )
    scheduler = scheduler_of(optimizer, recipe["schedule"], one["learningRate"], STEPS, EPOCH)
    found = []
    for _ in range(STEPS):
        group = optimizer.param_groups[0]
        momentum = group["betas"][0] if "betas" in group else group.get("momentum", 0)
        found.append([float(f"{group['lr']:.9g}"), float(f"{momentum:.9g}")])
        optimizer.step()
        scheduler.step()
    return found


plateau_losses = [round(1.5 * 0.9 ** (i if i < 12 else 12) + 0.01 * fraction(i, 4), 6) for i in range(60)]
plateau_losses[30] = float("nan")
plateau_options = [
    {},
    {"factor": 0.5, "patience": 2},
    {"factor": 0.5, "patience": 1, "threshold": 0.05, "thresholdMode": "abs", "cooldown": 3},
    {"factor": 0.2, "patience": 0, "minRate": 0.003},
]


def plateau(options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler_options = {("min_lr" if name == "min_rate" else name): value for name, value in options_of(options).items()}
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **scheduler_options)
    found = []
    for loss in plateau_losses:
        scheduler.step(loss)
        found.append(float(f"{optimizer.param_groups[0]['lr']:.9g}"))
    return found


def line(value):
    return json.dumps(value, separators=(",", ":"))


content = {
    "torch": torch.__version__,
    "cases": [{**one, **trained(one), **({"rates": rates(one)} if "schedule" in one["recipe"] else {})} for one in cases],
    "plateau": {
        "losses": ["NaN" if x != x else x for x in plateau_losses],
        "runs": [{"options": options, "rates": plateau(options)} for options in plateau_options],
    },
}
text = "{\n" + ",\n".join(
    f'"{name}": ' + ("[\n" + ",\n".join(map(line, value)) + "\n]" if isinstance(value, list) else line(value))
    for name, value in content.items()
) + "\n}\n"
folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "train"
(folder / "pytorch-training.json").write_text(text)
