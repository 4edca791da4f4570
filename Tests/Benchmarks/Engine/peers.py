"""The twins of the programs beside this file, in one library: python3 peers.py LIBRARY THREADS WORKLOAD…

Each line of input is a workload and a number of repetitions; the answer is the seconds that one of them took.
"""
import sys
import time

import numpy


def numpy_workloads():
    random = numpy.random.default_rng(0)

    def normal(*shape):
        return random.standard_normal(shape, dtype=numpy.float32)

    def tanh():
        x, w, b = normal(1, 4), normal(4, 4), normal(4)

        def one():
            y = numpy.tanh(x @ w + b)
            g = 1 - y * y
            return x.T @ g, g[0]

        return one

    def matrix(size):
        a, b = normal(size, size), normal(size, size)
        return lambda: a @ b

    return {"tanh": tanh, **{f"matrix{n}": lambda n=n: matrix(n) for n in (256, 512, 1024)}}


def torch_workloads(compiled):
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    prepare = torch.compile if compiled else lambda f: f

    def mlp():
        x, labels = torch.randn(64, 784), torch.randint(10, (64,))
        layers = []
        for a, b in [(784, 128), (128, 64), (64, 10)]:
            layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
        model = torch.nn.Sequential(*layers[:-1])
        optimiser = torch.optim.Adam(model.parameters(), fused=True)
        loss_of = prepare(lambda: functional.cross_entropy(model(x), labels))

        def one():
            optimiser.zero_grad(set_to_none=True)
            loss_of().backward()
            optimiser.step()

        return one

    def tanh():
        x = torch.randn(1, 4)
        w, b = torch.randn(4, 4, requires_grad=True), torch.randn(4, requires_grad=True)
        loss_of = prepare(lambda: torch.tanh(x @ w + b).sum())
        return lambda: torch.autograd.grad(loss_of(), (w, b))

    def softmax():
        x = torch.randn(1024, 1000)
        f = prepare(lambda: torch.softmax(x, -1))
        return f

    def layernorm():
        x, w, b = torch.randn(4096, 512), torch.ones(512), torch.zeros(512)
        return prepare(lambda: functional.layer_norm(x, (512,), w, b))

    def chain():
        a, b, c, d = (torch.randn(1_000_000) for _ in range(4))
        return prepare(lambda: torch.tanh(a * b + c) * d)

    def matrix(size):
        a, b = torch.randn(size, size), torch.randn(size, size)
        return lambda: a @ b

    def without_gradients(make):
        def made():
            one = make()

            def quiet():
                with torch.no_grad():
                    one()

            return quiet

        return made

    plain = {"softmax": softmax, "layernorm": layernorm, "chain": chain}
    all = {"mlp": mlp, "tanh": tanh} | {name: without_gradients(make) for name, make in plain.items()}
    if not compiled:
        all |= {f"matrix{n}": lambda n=n: matrix(n) for n in (256, 512, 1024)}
    return all


def jax_workloads():
    import jax
    from jax import numpy as jnp

    def normal(seed, *shape):
        return jax.random.normal(jax.random.PRNGKey(seed), shape, jnp.float32)

    def ready(f, *arguments):
        jitted = jax.jit(f)
        return lambda: jax.block_until_ready(jitted(*arguments))

    def mlp():
        x, labels = normal(0, 64, 784), jax.random.randint(jax.random.PRNGKey(1), (64,), 0, 10)
        p = [(normal(a, a, b) * 0.05, jnp.zeros(b)) for a, b in [(784, 128), (128, 64), (64, 10)]]

        def loss(p):
            h = x
            for w, b in p[:-1]:
                h = jax.nn.relu(h @ w + b)
            z = h @ p[-1][0] + p[-1][1]
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], 1))

        def adam(p, m, v, t):
            l, g = jax.value_and_grad(loss)(p)
            t = t + 1
            tree = jax.tree_util.tree_map
            m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            update = lambda p, m, v: p - 1e-3 * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            return tree(update, p, m, v), m, v, t, l

        jitted = jax.jit(adam, donate_argnums=(0, 1, 2))
        zeros = lambda: jax.tree_util.tree_map(jnp.zeros_like, p)
        state = [p, zeros(), zeros(), jnp.float32(0)]

        def one():
            *state[:], l = jitted(*state)
            jax.block_until_ready(l)

        return one

    def tanh():
        x = normal(0, 1, 4)
        return ready(jax.grad(lambda w, b: jnp.tanh(x @ w + b).sum(), (0, 1)), normal(1, 4, 4), normal(2, 4))

    def layernorm():
        def f(x, w, b):
            d = x - x.mean(-1, keepdims=True)
            return d / jnp.sqrt((d * d).mean(-1, keepdims=True) + 1e-5) * w + b

        return ready(f, normal(0, 4096, 512), jnp.ones(512), jnp.zeros(512))

    def chain():
        return ready(lambda a, b, c, d: jnp.tanh(a * b + c) * d, *(normal(i, 1_000_000) for i in range(4)))

    def matrix(size):
        return ready(lambda a, b: a @ b, normal(0, size, size), normal(1, size, size))

    return {
        "mlp": mlp,
        "tanh": tanh,
        "softmax": lambda: ready(jax.nn.softmax, normal(0, 1024, 1000)),
        "layernorm": layernorm,
        "chain": chain,
        **{f"matrix{n}": lambda n=n: matrix(n) for n in (256, 512, 1024)},
    }


def main():
    library, threads, *names = sys.argv[1:]
    if library.startswith("torch"):
        import torch

        torch.set_num_threads(int(threads))
        workloads = torch_workloads(compiled=library == "torch-compile")
    else:
        workloads = jax_workloads() if library == "jax" else numpy_workloads()
    ready = {}
    for name in names:
        if name in workloads:
            ready[name] = workloads[name]()
            ready[name]()
    print("ready", *ready, flush=True)
    for line in sys.stdin:
        name, count = line.split()
        one = ready[name]
        begin = time.perf_counter()
        for _ in range(int(count)):
            one()
        print((time.perf_counter() - begin) / int(count), flush=True)


if __name__ == "__main__":
    main()
