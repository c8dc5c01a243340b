"""Many runs of one network trained as one program: parameters, images and losses have a leading axis of runs.

Each run has its own initial values, order of images, dropout and update, as if it were trained alone. On a GPU a step is
one recorded graph of kernels.
"""

import dataclasses
import math

import torch
import torch.nn.functional as F
from torch.func import functional_call, stack_module_state

from pytorch_networks import make_network

LOCALIZATION = ("localization.", "fc_loc.")
BATCH = 64


@dataclasses.dataclass
class Run:
    seed: int
    learning_rate: float = 0.01
    rate: float = 1  # of the localization network, times the learning rate
    clip: float = math.inf
    penalty: float = 0

    def settings(self):
        found = dataclasses.asdict(self)
        return {key: value for key, value in found.items() if value != math.inf}

    def name(self):
        parts = [f"learning rate {self.learning_rate:g}"]
        parts += [f"{key} {self.settings()[key]:g}" for key, none in (("rate", 1), ("clip", math.inf), ("penalty", 0))
                  if getattr(self, key) != none]
        return ", ".join(parts)


def affine_grid(theta, size, align_corners):
    """As PyTorch's, which `vmap` would compute run by run: x' = theta (x, y, 1) at the centres of pixels."""
    assert not align_corners
    n, _, rows, columns = size
    x = ((torch.arange(columns, device=theta.device) * 2 + 1) / columns - 1).expand(rows, columns)
    y = ((torch.arange(rows, device=theta.device) * 2 + 1) / rows - 1)[:, None].expand(rows, columns)
    points = torch.stack([x, y, torch.ones_like(x)], -1).view(-1, 3)
    return (points @ theta.transpose(1, 2)).view(n, rows, columns, 2)


F.affine_grid = affine_grid


class SeedsAtOnce:
    def __init__(self, model, runs, device):
        torch.backends.cudnn.allow_tf32 = False
        self.runs, self.device = runs, device
        networks = {}
        for run in runs:
            torch.manual_seed(run.seed)
            networks.setdefault(run.seed, make_network(model).to(device))
        self.network = networks[runs[0].seed]
        self.parameters, _ = stack_module_state([networks[run.seed] for run in runs])
        self.seeds = list(networks)
        self.seed_of_run = self.tensor([self.seeds.index(run.seed) for run in runs], torch.long)
        self.clip = self.tensor([run.clip for run in runs])
        self.penalty = self.tensor([run.penalty for run in runs])
        self.identity = self.tensor([1, 0, 0, 0, 1, 0])
        self.learning_rate = {
            name: self.tensor([self.rate_of(run, name) for run in runs]) for name in self.parameters
        }
        self.generators = [torch.Generator(device).manual_seed(seed) for seed in self.seeds]
        self.forward_all = torch.vmap(self.forward, randomness="different")
        # Attention over the batch depends on how images are batched: as in training.
        self.test_batch = BATCH if model == "mha-batch" else 1000
        self.steps = {}

    def tensor(self, values, dtype=torch.float32):
        return torch.tensor(values, dtype=dtype, device=self.device)

    @staticmethod
    def rate_of(run, name):
        return run.learning_rate * (run.rate if name.startswith(LOCALIZATION) else 1)

    def forward(self, parameters, images):
        """Log-probabilities, and the squared distance of the transformer from the identity."""
        theta = []
        hook = None
        if hasattr(self.network, "fc_loc"):
            hook = self.network.fc_loc.register_forward_hook(lambda _module, _inputs, output: theta.append(output))
        outputs = functional_call(self.network, parameters, (images,))
        if hook is None:
            return outputs, torch.zeros((), device=images.device)
        hook.remove()
        return outputs, ((theta[0] - self.identity) ** 2).sum(1).mean()

    def step(self, images, labels):
        """Updates all runs on their batches, [run, image, …]; the mean loss of each, without the penalty."""
        outputs, distances = self.forward_all(self.parameters, images)
        losses = torch.vmap(F.nll_loss)(outputs, labels)
        names = list(self.parameters)
        total = (losses + self.penalty * distances).sum()
        gradients = torch.autograd.grad(total, [self.parameters[name] for name in names])
        with torch.no_grad():
            norm = sum(gradient.flatten(1).square().sum(1) for gradient in gradients).sqrt()
            factor = torch.where(self.clip.isinf(), torch.ones_like(norm), (self.clip / (norm + 1e-6)).clamp(max=1))
            for name, gradient in zip(names, gradients):
                scale = (self.learning_rate[name] * factor).view(-1, *[1] * (gradient.dim() - 1))
                self.parameters[name].sub_(scale * gradient)
        return losses.detach()

    def recorded(self, size):
        """The step for batches of this size as a function of them; on a GPU, a graph that is replayed."""
        if not self.device.startswith("cuda"):
            return self.step
        if size not in self.steps:
            self.steps[size] = self.record(size)
        return self.steps[size]

    def record(self, size):
        images = torch.zeros(len(self.runs), size, 1, 28, 28, device=self.device)
        labels = torch.zeros(len(self.runs), size, dtype=torch.long, device=self.device)
        kept = {name: value.detach().clone() for name, value in self.parameters.items()}
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.step(images, labels)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            losses = self.step(images, labels)
        with torch.no_grad():
            for name, value in kept.items():
                self.parameters[name].copy_(value)

        def replay(new_images, new_labels):
            images.copy_(new_images)
            labels.copy_(new_labels)
            graph.replay()
            return losses

        return replay

    def train_epoch(self, images, labels):
        """The mean loss of each run."""
        self.network.train()
        orders = torch.stack([torch.randperm(len(labels), device=self.device, generator=each) for each in self.generators])
        total = torch.zeros(len(self.runs), device=self.device)
        for batch in orders.split(BATCH, 1):
            chosen = batch[self.seed_of_run]
            losses = self.recorded(chosen.shape[1])(images[chosen], labels[chosen])
            total += losses * chosen.shape[1]
        return (total / len(labels)).tolist()

    @torch.no_grad()
    def validate(self, images, labels):
        """The mean loss of each run, and its accuracy."""
        self.network.eval()
        forward = torch.vmap(self.forward, in_dims=(0, None))
        outputs = torch.cat([forward(self.parameters, batch)[0] for batch in images.split(self.test_batch)], 1)
        losses = torch.stack([F.nll_loss(each, labels) for each in outputs])
        return losses.tolist(), (outputs.argmax(2) == labels).float().mean(1).tolist()
