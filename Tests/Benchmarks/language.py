#!/usr/bin/env python3
"""Gradus beside CPython: start and scalar loops, alternated in one run.

usage: Tests/Benchmarks/language.py [GRADUS]        (default: .build/release/gradus)

Prints medians in milliseconds and CPython's time divided by ours: above 1 means that Gradus is faster.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

TURNS = 5_000_000

PAIRS = {
    "start": ("1+1\n", "1\n", 31),
    "while loop in a function": (
        f"f(n) = {{ s = 0; i = 0; while i < n {{ s = s + i * 0.5; i = i + 1 }}; s }}\nf({TURNS})\n",
        f"def f(n):\n    s = 0.0; i = 0\n    while i < n:\n        s = s + i * 0.5; i = i + 1\n    return s\nf({TURNS})\n",
        9,
    ),
    "while loop at top level": (
        f"s = 0; i = 0\nwhile i < {TURNS} {{ s = s + i * 0.5; i = i + 1 }}\n",
        f"s = 0.0; i = 0\nwhile i < {TURNS}:\n    s = s + i * 0.5; i = i + 1\n",
        9,
    ),
    "calls of a small function": (
        "f(x) = x + 1\ng(n) = { s = 0; for i in 0..<n { s = f(s) }; s }\ng(1000000)\n",
        "def f(x):\n    return x + 1\ndef g(n):\n    s = 0\n    for i in range(n):\n        s = f(s)\n    return s\ng(1000000)\n",
        9,
    ),
    "fib(25)": (
        "fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }\nfib(25)\n",
        "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(25)\n",
        9,
    ),
}


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main():
    gradus = sys.argv[1] if len(sys.argv) > 1 else ".build/release/gradus"
    print(f"{'what':28} {'gradus':>8} {'python':>8}  ratio")
    with tempfile.TemporaryDirectory() as folder:
        for name, (ours, theirs, rounds) in PAIRS.items():
            paths = os.path.join(folder, "p.grad"), os.path.join(folder, "p.py")
            for path, text in zip(paths, (ours, theirs)):
                with open(path, "w") as file:
                    file.write(text)
            times = [], []
            for _ in range(rounds):
                times[0].append(seconds([gradus, paths[0]]))
                times[1].append(seconds([sys.executable, paths[1]]))
            a, b = (statistics.median(t) * 1e3 for t in times)
            print(f"{name:28} {a:8.1f} {b:8.1f}  {b / a:5.2f}")


if __name__ == "__main__":
    main()
