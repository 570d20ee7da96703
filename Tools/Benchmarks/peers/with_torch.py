"""A training step of a shape of shapes.py with PyTorch and the libraries on top of it.

    with_torch.py torch | torch-compile | snntorch | norse | spikingjelly | sinabs  SHAPE THREADS

`torch` is the network by hand, the loop over time in Python; `torch-compile` the same compiled as a whole. The others
use their own neurons at the same sizes and time constants, which differ a little in the order of the step.
"""

import sys
import warnings

import measure
import shapes

warnings.filterwarnings("ignore")
import torch
from torch import nn

peer, name, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(threads)
s = shapes.shape(name)
flags, labels = shapes.spikes(s)
x, y = torch.tensor(flags, dtype=torch.float32), torch.tensor(labels)
w = {key: torch.tensor(value) for key, value in shapes.weights(s).items()}
alpha, beta, batch, hidden = s["alpha"], s["beta"], s["batch"], s["hidden"]


class SuperSpike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, distance):
        ctx.save_for_backward(distance)
        return (distance > 0).to(distance.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (distance,) = ctx.saved_tensors
        return gradient / (shapes.SLOPE * distance.abs() + 1) ** 2


def straight_through(distance):
    """The same derivative without a custom function, which the compiler traces in one piece."""
    d = distance.detach()
    slope = 1 / (shapes.SLOPE * d.abs() + 1) ** 2
    return (d > 0).to(d.dtype) + slope * (distance - d)


def linear(matrix, scale=1.0):
    layer = nn.Linear(matrix.shape[0], matrix.shape[1], bias=False)
    layer.weight.data.copy_(matrix.t() * scale)
    return layer


class ByHand(nn.Module):
    def __init__(self, spike):
        super().__init__()
        self.w = nn.ParameterDict({key: nn.Parameter(value.clone()) for key, value in w.items()})
        self.spike = spike

    def forward(self, x):
        syn, mem, spikes = (torch.zeros(batch, hidden) for _ in range(3))
        filtered, out = (torch.zeros(batch, s["outputs"]) for _ in range(2))
        readout = []
        # unbind, since the gradient of an index is a tensor of zeros as large as the whole.
        for current in (x @ self.w["W1"]).unbind(0):
            if s["recurrent"]:
                current = current + spikes @ self.w["V"]
            spikes = self.spike(mem - 1)
            syn, mem = alpha * syn + current, (beta * mem + syn) * (1 - spikes.detach())
            filtered, out = alpha * filtered + spikes @ self.w["W2"], beta * out + filtered
            readout.append(out)
        return torch.stack(readout)


class SnnTorch(nn.Module):
    def __init__(self):
        super().__init__()
        import snntorch
        from snntorch import surrogate

        options = dict(alpha=alpha, beta=beta, spike_grad=surrogate.fast_sigmoid(slope=shapes.SLOPE))
        self.first, self.second = linear(w["W1"]), linear(w["W2"])
        if s["recurrent"]:
            self.layer = snntorch.RSynaptic(
                all_to_all=True, linear_features=hidden, reset_mechanism="zero", **options)
            self.layer.recurrent.weight.data.copy_(w["V"].t())
            self.layer.recurrent.bias.data.zero_()
        else:
            self.layer = snntorch.Synaptic(reset_mechanism="zero", **options)
        self.readout = snntorch.Synaptic(reset_mechanism="none", **options)

    def forward(self, x):
        state = self.layer.init_rsynaptic() if s["recurrent"] else self.layer.init_synaptic()
        syn, mem = self.readout.init_synaptic()
        result = []
        for bin in x:
            state = self.layer(self.first(bin), *state)
            spikes = state[0]
            if not s["recurrent"]:
                state = state[1:]
            _, syn, mem = self.readout(self.second(spikes), syn, mem)
            result.append(mem)
        return torch.stack(result)


class Norse(nn.Module):
    def __init__(self):
        super().__init__()
        from norse.torch import LICell, LIFCell, LIFParameters, LIFRecurrentCell, LIParameters

        rates = dict(tau_syn_inv=torch.tensor(1e3 / s["tau_syn"]), tau_mem_inv=torch.tensor(1e3 / s["tau_mem"]))
        p = LIFParameters(v_th=torch.tensor(1.0), method="super", alpha=torch.tensor(shapes.SLOPE), **rates)
        # Its membrane takes dt/tau of the current.
        scale = s["tau_mem"]
        self.second, self.readout = linear(w["W2"], scale), LICell(p=LIParameters(**rates))
        if s["recurrent"]:
            self.layer = LIFRecurrentCell(s["inputs"], hidden, p=p)
            self.layer.input_weights.data.copy_(w["W1"].t() * scale)
            self.layer.recurrent_weights.data.copy_(w["V"].t() * scale)
            self.first = nn.Identity()
        else:
            self.first, self.layer = linear(w["W1"], scale), LIFCell(p=p)

    def forward(self, x):
        state = last = None
        result = []
        for bin in x:
            spikes, state = self.layer(self.first(bin), state)
            value, last = self.readout(self.second(spikes), last)
            result.append(value)
        return torch.stack(result)


class SpikingJelly(nn.Module):
    def __init__(self):
        super().__init__()
        from spikingjelly.activation_based import functional, neuron, surrogate

        self.clear = functional.reset_net
        self.first, self.second = linear(w["W1"]), linear(w["W2"])
        self.layer = neuron.CUBALIFNode(
            c_decay=alpha, v_decay=beta, v_threshold=1.0, v_reset=0.0,
            surrogate_function=surrogate.SuperSpike(alpha=shapes.SLOPE))
        self.layer.detach_reset = True
        self.layer.step_mode = "s" if s["recurrent"] else "m"
        if s["recurrent"]:
            self.back = linear(w["V"])

    def forward(self, x):
        self.clear(self)
        current = self.first(x)
        if s["recurrent"]:
            now, spikes = torch.zeros(batch, hidden), []
            for row in current:
                now = self.layer(row + self.back(now))
                spikes.append(now)
            spikes = torch.stack(spikes)
        else:
            spikes = self.layer(current)
        filtered, out = (torch.zeros(batch, s["outputs"]) for _ in range(2))
        result = []
        for row in self.second(spikes).unbind(0):
            filtered, out = alpha * filtered + row, beta * out + filtered
            result.append(out)
        return torch.stack(result)


class Sinabs(nn.Module):
    def __init__(self):
        super().__init__()
        import sinabs.layers
        from sinabs.activation import MembraneReset, SingleSpike

        class Surrogate:
            def __call__(self, v_mem, spike_threshold):
                return 1 / (shapes.SLOPE * (v_mem - spike_threshold).abs() + 1) ** 2

        scale = s["tau_mem"]
        self.first, self.second = linear(w["W1"], scale), linear(w["W2"], scale)
        options = dict(
            tau_mem=s["tau_mem"], tau_syn=s["tau_syn"], spike_threshold=torch.tensor(1.0), spike_fn=SingleSpike,
            reset_fn=MembraneReset(), surrogate_grad_fn=Surrogate(), train_alphas=False)
        if s["recurrent"]:
            self.layer = sinabs.layers.LIFRecurrent(rec_connect=linear(w["V"], scale), **options)
        else:
            self.layer = sinabs.layers.LIF(**options)
        self.readout = sinabs.layers.ExpLeak(tau_mem=s["tau_mem"])

    def forward(self, x):
        self.layer.reset_states()
        self.readout.reset_states()
        return self.readout(self.second(self.layer(self.first(x.transpose(0, 1))))).transpose(0, 1)


makers = {
    "torch": lambda: ByHand(SuperSpike.apply),
    "torch-compile": lambda: torch.compile(ByHand(straight_through)),
    "snntorch": SnnTorch, "norse": Norse, "spikingjelly": SpikingJelly, "sinabs": Sinabs,
}
net = makers[peer]()
optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=shapes.RATE)
losses = []


def train():
    optimiser.zero_grad(set_to_none=True)
    loss = nn.functional.cross_entropy(net(x).max(0)[0], y)
    loss.backward()
    optimiser.step()
    losses.append(float(loss.detach()))


def forward():
    with torch.no_grad():
        net(x).max(0)[0].argmax(1)


measure.report(train, forward, losses)
