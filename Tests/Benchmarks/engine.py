#!/usr/bin/env python3
"""Gradus beside NumPy, PyTorch and JAX: the programs in Engine/ and their twins, alternated in one run.

usage: Tests/Benchmarks/engine.py [--gradus PROGRAM] [--python PYTHON] [--cores 1 2] [--rounds N] [--compile] [WORKLOAD ...]

Prints medians in microseconds, and the fastest peer's time divided by ours: above 1 means that Gradus is faster. The peers run in the Python given
(default: this one); one that is not installed there is left out, and named. --compile adds torch.compile, which takes a minute to get ready.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Engine")
# What the ratio should be at least.
TARGETS = {
    "mlp": 1.0, "tanh": 1.0, "softmax": 0.9, "layernorm": 0.9, "chain": 0.9, "matrix256": 0.95, "matrix512": 0.95, "matrix1024": 0.95,
}
PEERS = ["numpy", "torch", "torch-compile", "jax"]
# Seconds of silence before each turn: for tens of milliseconds after its work a library's threads keep looking for more, on the next one's core.
REST = 0.1


def environment(threads):
    """OpenBLAS chooses its kernels by the processor it finds, not by a name given to it."""
    chosen = {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        chosen[name] = str(threads)
    return chosen


class Turns:
    """A process that answers how long its work takes."""

    def __init__(self, command, cores):
        cpus = set(range(cores))
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(cores),
            preexec_fn=lambda: os.sched_setaffinity(0, cpus))

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            raise RuntimeError(self.process.stderr.read().strip()[-300:])
        return text

    def seconds(self, request):
        self.process.stdin.write(f"{request}\n")
        self.process.stdin.flush()
        return float(self.line())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(gradus, name, cores, folder):
    path = os.path.join(folder, f"{name}.grad")
    with open(path, "w") as program:
        for part in (name, "turns"):
            with open(os.path.join(HERE, f"{part}.grad")) as file:
                program.write(file.read())
    return Turns([gradus, "--threads", str(cores), path], cores)


def peers(python, wanted, cores, names):
    found = {}
    for library in wanted:
        turns = Turns([python, os.path.join(HERE, "peers.py"), library, str(cores), *names], cores)
        try:
            found[library] = turns, turns.line().split()[1:]
        except RuntimeError as error:
            print(f"without {library}: {str(error).splitlines()[-1] if str(error) else 'it ended'}")
    return found


def compare(name, mine, others, rounds):
    """The medians of some rounds, each of them a rest, some work to wake up by, and about 30 ms of every contender in turn."""
    contenders = {"gradus": lambda count: mine.seconds(count)}
    for library, (turns, able) in others.items():
        if name in able:
            contenders[library] = lambda count, turns=turns: turns.seconds(f"{name} {count}")
    counts = {}
    for contender, seconds in contenders.items():
        seconds(2)
        counts[contender] = max(1, min(20_000, int(0.03 / max(seconds(3), 1e-9))))
    times = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender, seconds in contenders.items():
            time.sleep(REST)
            seconds(max(1, counts[contender] // 4))
            times[contender].append(seconds(counts[contender]))
    return {contender: statistics.median(found) for contender, found in times.items()}


def table(options, cores, folder):
    names = [name for name in TARGETS if not options.workload or name in options.workload]
    if not names:
        return
    wanted = [peer for peer in PEERS if peer != "torch-compile" or options.compile]
    others = peers(options.python, wanted, cores, names)
    print(f"\n{'one core' if cores == 1 else f'{cores} cores'}, medians in µs")
    print(f"{'':12}{'gradus':>10}" + "".join(f"{library:>15}" for library in others) + "   ratio  wanted")
    for name in names:
        mine = ours(options.gradus, name, cores, folder)
        found = compare(name, mine, others, options.rounds)
        mine.close()
        cells = "".join(f"{found[library] * 1e6:15.1f}" if library in found else f"{'–':>15}" for library in others)
        best = min((seconds for library, seconds in found.items() if library != "gradus"), default=None)
        ratio = f"{best / found['gradus']:8.2f}  ≥ {TARGETS[name]}" if best else ""
        print(f"{name:12}{found['gradus'] * 1e6:10.1f}{cells}{ratio}", flush=True)
    for turns, _ in others.values():
        turns.close()


def nodes(options, folder):
    mine = ours(options.gradus, "nodes", 1, folder)
    mine.seconds(5)
    found = statistics.median(mine.seconds(50) for _ in range(options.rounds))
    mine.close()
    print(f"\nnodes: {found / 1000 * 1e9:.0f} ns for a node and step, wanted < 250")


def shared(options, folder):
    """A step on two threads, alone and with another process busy on one of the two cores."""
    if len(os.sched_getaffinity(0)) < 2:
        return
    mine = ours(options.gradus, "mlp", 2, folder)
    mine.seconds(20)
    alone, beside = [], []
    for _ in range(options.rounds):
        alone.append(mine.seconds(60))
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=lambda: os.sched_setaffinity(0, {1}))
        mine.seconds(20)
        beside.append(mine.seconds(60))
        busy.kill()
        busy.wait()
    mine.close()
    a, b = statistics.median(alone), statistics.median(beside)
    print(f"\nmlp on two cores: {a * 1e6:.0f} µs alone, {b * 1e6:.0f} µs beside a busy process: {b / a:.2f}, wanted ≤ 1.6")


def main():
    parser = argparse.ArgumentParser(description="Gradus beside NumPy, PyTorch and JAX.")
    parser.add_argument("--gradus", default=".build/release/gradus")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("workload", nargs="*", help=", ".join([*TARGETS, "nodes", "shared"]))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for cores in options.cores:
            table(options, cores, folder)
        if not options.workload or "nodes" in options.workload:
            nodes(options, folder)
        if not options.workload or "shared" in options.workload:
            shared(options, folder)


if __name__ == "__main__":
    main()
