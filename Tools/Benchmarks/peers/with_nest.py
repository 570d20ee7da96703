"""The balanced network of balanced.snn in NEST, one thread.   with_nest.py cuba | coba | stdp"""

import json
import sys
import time

import measure
import nest
import numpy as np

model = sys.argv[1]
nest.ResetKernel()
if hasattr(nest, "VerbosityLevel"):
    nest.verbosity = nest.VerbosityLevel.ERROR
else:
    nest.set_verbosity("M_ERROR")
nest.set(resolution=0.1, local_num_threads=1, rng_seed=1, print_time=False)
begin = time.perf_counter()
common = dict(C_m=200.0, E_L=-49.0, tau_syn_ex=5.0, tau_syn_in=10.0, V_th=-50.0, V_reset=-60.0, t_ref=5.0)
if model == "coba":
    cells = nest.Create("iaf_cond_exp", 4000, params=dict(common, g_L=10.0, E_ex=0.0, E_in=-80.0))
    excite, inhibit = 6.0, -67.0
else:
    # A jump of w mV in g is a current of w C/tau.
    cells = nest.Create("iaf_psc_exp", 4000, params=dict(common, tau_m=20.0))
    excite, inhibit = 16.2, -90.0
cells.V_m = -60 + 10 * np.random.default_rng(1).random(4000)
pairs = dict(rule="pairwise_bernoulli", p=0.02)
fixed = dict(weight=excite, delay=0.1)
if model == "stdp":
    plastic = dict(fixed, synapse_model="stdp_synapse", Wmax=2 * excite, tau_plus=20.0, alpha=1.05, mu_plus=0.0,
                   mu_minus=0.0)
    plastic["lambda"] = 0.005
    nest.Connect(cells[:3200], cells[:3200], pairs, plastic)
    nest.Connect(cells[:3200], cells[3200:], pairs, fixed)
else:
    nest.Connect(cells[:3200], cells, pairs, fixed)
nest.Connect(cells[3200:], cells, pairs, dict(weight=inhibit, delay=0.1))
recorder = nest.Create("spike_recorder")
nest.Connect(cells, recorder)
nest.Simulate(1.0)
built = time.perf_counter() - begin
times = []
before = recorder.n_events
while len(times) < 3 and sum(times) < 5:
    begin = time.perf_counter()
    nest.Simulate(1000.0)
    times.append(time.perf_counter() - begin)
rate = (recorder.n_events - before) / len(times) / 4000
print(json.dumps(dict(run_s=times, build_s=built, rate_hz=rate, peak_mib=measure.peak_mib())))
