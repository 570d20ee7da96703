"""A training step of a shape of shapes.py with JAX: the network by hand under lax.scan, compiled as a whole.

    with_jax.py jax SHAPE THREADS       XLA has no option for threads: the process is kept on so many cores
"""

import os
import sys

_, name, threads = sys.argv[1:]
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(threads)])
os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
import jax.numpy as jnp
import measure
import optax
import shapes

s = shapes.shape(name)
flags, labels = shapes.spikes(s)
x, y = jnp.asarray(flags, jnp.float32), jnp.asarray(labels)
alpha, beta = s["alpha"], s["beta"]


@jax.custom_vjp
def spike(distance):
    return (distance > 0).astype(distance.dtype)


spike.defvjp(lambda d: (spike(d), d), lambda d, g: (g / (shapes.SLOPE * jnp.abs(d) + 1) ** 2,))


def readout(w, x):
    def tick(state, current):
        syn, mem, before, filtered, out = state
        if s["recurrent"]:
            current = current + before @ w["V"]
        now = spike(mem - 1)
        syn, mem = alpha * syn + current, (beta * mem + syn) * (1 - jax.lax.stop_gradient(now))
        filtered, out = alpha * filtered + now @ w["W2"], beta * out + filtered
        return (syn, mem, now, filtered, out), out

    sizes = [s["hidden"]] * 3 + [s["outputs"]] * 2
    return jax.lax.scan(tick, tuple(jnp.zeros((s["batch"], n)) for n in sizes), x @ w["W1"])[1].max(0)


def loss(w):
    return optax.softmax_cross_entropy_with_integer_labels(readout(w, x), y).mean()


optimiser = optax.adam(shapes.RATE)


def step(w, moments):
    value, gradient = jax.value_and_grad(loss)(w)
    change, moments = optimiser.update(gradient, moments, w)
    return optax.apply_updates(w, change), moments, value


step = jax.jit(step, donate_argnums=(0, 1))
predict = jax.jit(lambda w: readout(w, x).argmax(1))
now = {key: jnp.asarray(value) for key, value in shapes.weights(s).items()}
moments = optimiser.init(now)
losses = []


def train():
    global now, moments
    now, moments, value = step(now, moments)
    losses.append(float(value))


measure.report(train, lambda: predict(now).block_until_ready(), losses)
