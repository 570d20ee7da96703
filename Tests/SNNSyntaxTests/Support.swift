import Testing

@testable import SNNSyntax

func source(_ text: String) -> SourceFile {
  SourceFile(id: FileID(0), name: "test.snn", text: text)
}

func parsed(_ text: String) -> SyntaxTree { parse(source(text)).0 }

func codes(_ text: String) -> [String] { parse(source(text)).1.map(\.id.code) }

/// The program of the language page, §2.
let digitsProgram = """
  /// Current-based LIF neuron (Neftci, Mostafa & Zenke 2019, eqs. 1-2).
  neuron LIF {
    param tau_mem = 10 ms in 1 ms .. 100 ms
    param tau_syn = 5 ms in 1 ms .. 100 ms
    param theta = 1
    state U = 0
    state I = 0

    dU/dt = -(U - I) / tau_mem
    dI/dt = -I / tau_syn

    on input(w) { I += w }            // weighted spikes arrive
    spike when U > theta
    on spike { U -= theta }
  }

  /// Leaky integrator that never spikes.
  neuron Readout {
    param tau_mem = 10 ms
    param tau_syn = 5 ms
    state U = 0
    state I = 0
    dU/dt = -(U - I) / tau_mem
    dI/dt = -I / tau_syn
    on input(w) { I += w }
  }

  network Classifier(n = 128) {
    step 1 ms
    input pixels : spikes[64]
    population hidden = LIF[n](tau_mem = 20 ms)
    population output = Readout[10]

    connect pixels -> hidden as w_in  { learnable weight ~ normal(0, 1) }
    connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.1) }
    connect hidden -> output as w_out { learnable weight ~ normal(0, 0.5) }
  }

  task digits of Classifier {
    data train, test = split(csv("data/digits.csv", label = last), 80 %, seed = 0)
    feed pixels = latency(sample / 16, over = 20 ms, threshold = 0.2)
    run for 50 ms

    loss = cross_entropy(max over time of output.U, label)
         + 1e-4 * mean over units of relu((sum over time of hidden.spike) - 10)^2
    score accuracy = argmax(max over time of output.U) == label

    learn by bptt { surrogate = fast_sigmoid(10), reset = cut }
    optimise adam(rate = 5e-3)
    batch 64, epochs 20, seed 1

    expect accuracy(test) >= 0.93
  }

  """

/// One of everything the language page knows beyond §2.
let everythingProgram = """
  use std.neurons
  use std.neurons.LIF
  use "other.snn"

  function rise(x : voltage, k = 2 mV) : 1 = if x > 0 mV then exp(-x / k) else 1
  surrogate mine(x, k = 1) = 1 / (k * abs(x) + 1)^2
  surrogate smooth(x) from 1 / (1 + exp(-x))

  neuron AdEx {
    learnable param tau_w : time = 144 ms in 1 ms .. 500 ms // allow: never-read
    param a ~ normal(4 nS, 1 nS)
    param b = 0.0805 nA per unit
    param lower = 1 in 0 ..
    param upper = 1 in .. 2
    param rate = 0.01 /mV/ms
    param inverse = 10 mV^-1
    param T = 36 degC
    param R : ? = 1 MOhm
    state V : voltage = -65 mV
    persistent state w : current ~ uniform(0 pA, 1 pA)
    let gap = V - -50 mV
    drive I_e : current
    C * dV/dt = -g_L * (V - E_L)
      + g_L * Delta * exp((V - V_T) / Delta)
      - w + I_e + sigma * xi + xi_shared
    tau_w * w' = a * (V - E_L) - w
    next P =
      next V
    on input(w) { V += w }
    on exc(g : conductance) { g_e += g; V += (1 - spike) * g }
    spike when V crosses 0 mV
    on spike { V = E_L; w += b }
    refractory 2 ms hold V, w
    integrate rk4(substeps = 4)
  }
  neuron Rate { drive x; emit relu(x) }
  neuron Noisy { spike with rate r0 * exp((U - theta) / Delta); param p = 1 }
  neuron Coin { spike with probability 0.5 }
  neuron B = AdEx with {
    param tau_w = 100 ms
    also on spike { w += 1 pA }
    replace on spike { V = -60 mV }
  }
  neuron C = std.neurons.LIF without spike

  synapse STDP {
    param tau_plus = 20 ms
    pre trace x = 0
    post trace y = 0
    state e = 0
    dx/dt = -x / tau_plus
    dweight/dt = -weight / 1 s
    on pre { weight -= a_minus * y;  x += 1 }
    on post { weight += a_plus * x;  y += 1 }
    on every 10 ms { weight = weight / sum over pre of weight }
    deliver weight * e
    weight in 0 .. w_max
    modulator R : 1
  }

  network Net(n = 64, k) {
    step exact
    input ext : spikes[2, 34, 34] = poisson(20 kHz)
    input x[4] : current
    param g = 1
    let half = n / 2
    population E = std.neurons.LIF[n](learnable tau_mem ~ uniform(5 ms, 20 ms), theta = 1 per unit)
    part block1 = Block(n = 64)
    signal reward = mean over units of E.U
    connect E[0 ..< 100] -> E.exc, I as ee {
      pattern random(p = 0.02)
      no self
      learnable weight ~ 1 nA * kaiming()
      delay = 1.5 ms, sign positive
      rule STDP(R = reward)
      dropout 0.1
    }
    connect poisson(rate = 5 Hz) -> E { weight : nS = 1 nS in 0 nS .. 2 nS }
    connect E.U -> I.x { pattern one_to_one, current = g * (pre.V - post.V) }
    connect A -> B { pattern from csv("list.csv") }
    connect A -> C
    connect A, E[1] -> B, C as several
  }
  network N2 = convert(Net, percentile = 99 %)

  task base of Net(n = 64) {
    data train = events("shd.h5")
    feed x = hold(sample, every = 2 ms)
    feed E.drive = sin(2 * pi * t / 10 ms)
    run for duration
    let count = sum over time in 10 ms ..< 50 ms where label == 1 of E.spike
    loss = mse(E.U at 20 ms, target) + out.U[label]
    learn w_in, E.tau_mem on train by eprop {
      surrogate = mine(2), surrogate E = boxcar(1)
      reset = cut(U)
      error = local(readout[10] ~ normal(0, 1), loss = mse(y, onehot(label)), burn_in = 50 ms)
      update = every 1 ms
    }
    record E.U, I.spike every 2 ms
    plot raster(E), E.U as mV
    carry state E.U
    freeze w_in, w_out
    validate on test, keep best accuracy
    start from other
    checkpoint 10, plasticity summed
    expect rate =~ 5 Hz +- 0.5 Hz
    expect not (a < b or c >= d and e != f)
  }
  task second = base with { epochs 3; batch 1 }
  sweep lr of base { rate in 1e-4 .. 1e-1 log, n in [32, 64], seeds 5 }

  """
