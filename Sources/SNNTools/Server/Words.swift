/// What the words of the language mean, in a line: hover and signature help.
enum Words {
  static let meanings: [String: String] = [
    "t": "time since the start of the run", "dt": "the step", "pi": "3.14159…", "xi": "unit white noise",
    "spike": "the neuron's own flag of the present tick, 0 or 1; in a body, what runs when it fires",
    "fan_in": "sources of each target of the connection", "fan_out": "targets of each source",
    "param": "one value shared by the population; `~` draws one per unit",
    "state": "a variable of every unit, with its value at tick 0", "let": "an abbreviation, recorded like a state",
    "drive": "a continuous input, constant during a step; 0 when nothing feeds it",
    "next": "a difference equation: the value of the next tick",
    "refractory": "no threshold test for this long after a spike",
    "integrate": "how the equations go over a tick: exact, exponential_euler, euler, heun, rk4 or auto",
    "learnable": "changed by training", "step": "the tick of the network",
    "connect": "weighted spikes from one to another",
    "population": "so many neurons of a kind", "input": "spikes or values from outside",
    "weight": "of each synapse, [post, pre]", "delay": "time from spike to arrival; 1 tick where nothing is said",
    "pattern": "which pairs are joined: all, one_to_one, random(p), fixed_indegree(k), …",
    "data": "sets of samples", "feed": "what an input or a drive receives", "run": "how long a sample takes",
    "loss": "what is minimised, per sample, averaged over the batch", "score": "what is measured beside it",
    "learn": "by which rule gradients are found", "optimise": "how they change the parameters",
    "record": "variables to keep", "plot": "variables to draw", "expect": "the program's own test",
    "batch": "samples per update", "epochs": "passes through the data", "seed": "of all random numbers",
    "pre": "the source's side of a synapse: `pre.V` is a variable of the source neuron",
    "post": "the target's side of a synapse: `post.V` is a variable of the target neuron",
    "trace": "kept once per neuron of the side that is named before it", "on": "what runs at an event",
    "deliver": "what a spike brings in place of the weight", "every": "at equal intervals",
    "modulator": "a number from outside the synapse, given by `rule NAME(R = signal)`",
    "signal": "a number of the network, which rules of synapses read", "rule": "how the weights change while time runs",
    "current": "an expression of both neurons, summed over synapses into a drive",
    "part": "a network inside this one, with names such as `first.cells`",
    "bptt": "back-propagation through time with surrogate derivatives",
    "latency": "`latency(x, over = τ, threshold = θ)`: one spike at τ ln(x / (x - θ))",
    "rate": "`rate(x, max = 100 Hz)`: Poisson spikes", "direct": "`direct(x)`: the value itself",
    "hold": "`hold(x, every = 2 ms)`: each value of the time axis for so long",
    "linear": "`linear(x, every = 2 ms)`: straight lines between the values",
    "cross_entropy": "`cross_entropy(scores, label)`: -log of the softmax at the label",
    "mse": "`mse(a, b)`: mean of (a - b)^2",
    "argmax": "`argmax(x)`: the unit with the largest value",
    "first_spike": "`first_spike(P)`: time of each unit's first spike",
    "exp": "e to the x; x is a number", "log": "natural logarithm", "sqrt": "square root; halves the dimension",
    "exprel": "(e^x - 1) / x, and 1 at 0", "clip": "`clip(x, low, high)`", "relu": "max(x, 0)",
    "sigmoid": "1 / (1 + e^-x)", "normal": "`normal(mean, deviation)`", "uniform": "`uniform(low, high)`",
    "kaiming": "normal with deviation sqrt(2 / fan_in)", "xavier": "uniform within ± sqrt(6 / (fan_in + fan_out))",
  ]

  /// Arguments of what is built in.
  static let signatures: [String: [String]] = [
    "exp": ["x"], "log": ["x"], "sqrt": ["x"], "abs": ["x"], "sign": ["x"], "floor": ["x"], "tanh": ["x"],
    "sigmoid": ["x"], "relu": ["x"], "sin": ["x"], "cos": ["x"], "erf": ["x"], "exprel": ["x"], "min": ["a", "b"],
    "max": ["a", "b"], "clip": ["x", "low", "high"], "normal": ["mean", "deviation"], "uniform": ["low", "high"],
    "lognormal": ["location", "scale"], "constant": ["value"], "kaiming": ["gain = sqrt(2)"], "xavier": ["gain = 1"],
    "orthogonal": ["gain = 1"], "latency": ["x", "over = TIME", "threshold = θ"], "rate": ["x", "max = FREQUENCY"],
    "hold": ["x", "every = TIME"], "linear": ["x", "every = TIME"], "delta": ["x", "threshold"], "direct": ["x"],
    "at": ["times"], "cross_entropy": ["scores", "label"], "mse": ["a", "b"], "argmax": ["x"], "argmin": ["x"],
    "first_spike": ["population"], "split": ["source", "80 %", "seed = 0"], "csv": ["file", "label = last"],
    "npy": ["sample = FILE", "label = FILE"], "hdf5": ["file", "sample = NAME", "label = NAME"], "events": ["file"],
    "random_patterns": ["samples", "units", "steps", "rate", "classes = 2", "seed = 0"],
    "adam": ["rate", "beta1 = 0.9", "beta2 = 0.999", "clip"], "adamw": ["rate", "decay"], "adamax": ["rate"],
    "sgd": ["rate", "momentum = 0"], "rmsprop": ["rate"], "rmaxprop": ["rate"], "fast_sigmoid": ["slope"],
    "superspike": ["beta"], "random": ["p"], "fixed_indegree": ["k"], "fixed_outdegree": ["k"],
  ]

  static let functions = [
    "exp", "log", "sqrt", "abs", "sign", "min", "max", "clip", "relu", "sigmoid", "tanh", "sin", "cos", "erf", "exprel",
    "floor",
  ]
  static let distributions = ["normal", "uniform", "lognormal", "constant", "kaiming", "xavier", "orthogonal"]
  static let encoders = ["latency", "rate", "at", "direct", "hold", "linear", "delta", "events", "frozen"]
  static let losses = ["cross_entropy", "mse", "argmax", "argmin", "first_spike"]
  static let sources = ["split", "csv", "npy", "hdf5", "events", "random_patterns"]
  static let optimisers = ["adam", "adamw", "adamax", "sgd", "rmsprop", "rmaxprop"]
  static let surrogates = [
    "fast_sigmoid", "superspike", "sigmoid", "piecewise_linear", "exponential", "arctan", "gaussian", "multi_gaussian",
    "boxcar", "straight_through", "leaky_relu", "tanh", "none",
  ]
}
