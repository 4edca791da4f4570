#!/usr/bin/env python3
"""Gradus beside Lua 5.4 and CPython, alternated in one run: start, scalar loops, calls, growing values, long programs.

usage: Tests/Benchmarks/language.py [GRADUS]        (default: .build/release/gradus)

Prints medians in milliseconds of processor time, which other work on the machine disturbs less than the time of the clock.
Each is less what the same interpreter takes to start in the same round (rows of start and of long programs aside). Then
comes Gradus's time divided by the peer's, beside the bound that it should keep. A peer that isn't installed
is skipped, and the row says so. What should grow in proportion is run at four times the size, too. Status 1 if a bound is
not kept.
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

TURNS = 5_000_000

EMPTY = {"grad": "1\n", "lua": "x = 1\n", "py": "1\n"}

LOOP = {
    "grad": f"f(n) = {{ s = 0; i = 0; while i < n {{ s = s + i * 0.5; i = i + 1 }}; s }}\nf({TURNS})\n",
    "lua": f"local function f(n) local s = 0.0; local i = 0; while i < n do s = s + i * 0.5; i = i + 1 end; return s end\nf({TURNS})\n",
    "py": f"def f(n):\n    s = 0.0; i = 0\n    while i < n:\n        s = s + i * 0.5; i = i + 1\n    return s\nf({TURNS})\n",
}
# Lua's quickest way at the top level: its global variables take four times as long.
TOP = {
    "grad": f"s = 0; i = 0\nwhile i < {TURNS} {{ s = s + i * 0.5; i = i + 1 }}\n",
    "lua": f"local s = 0.0; local i = 0\nwhile i < {TURNS} do s = s + i * 0.5; i = i + 1 end\n",
    "py": f"s = 0.0; i = 0\nwhile i < {TURNS}:\n    s = s + i * 0.5; i = i + 1\n",
}
CALLS = {
    "grad": "f(x) = x + 1\ng(n) = { s = 0; for i in 0..<n { s = f(s) }; s }\ng(1000000)\n",
    "lua": "local function f(x) return x + 1 end\nlocal function g(n) local s = 0; for i = 1, n do s = f(s) end; return s end\ng(1000000)\n",
    "py": "def f(x):\n    return x + 1\ndef g(n):\n    s = 0\n    for i in range(n):\n        s = f(s)\n    return s\ng(1000000)\n",
}
FIB = {
    "grad": "fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }\nfib(27)\n",
    "lua": "local function fib(n) if n < 2 then return n end; return fib(n - 1) + fib(n - 2) end\nfib(27)\n",
    "py": "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(27)\n",
}


def joins(n):
    return {
        "grad": f"f(n) = {{ s = \"\"; for i in 0..<n {{ s = s + \"ab\" }}; s }}\nf({n})\n",
        "py": f"def f(n):\n    s = ''\n    for i in range(n):\n        s = s + 'ab'\n    return s\nf({n})\n",
    }


def appends(n):
    return {
        "grad": f"f(n) = {{ xs = []; for i in 0..<n {{ xs = xs.append(i) }}; xs }}\nf({n})\n",
        "py": f"def f(n):\n    xs = []\n    for i in range(n):\n        xs.append(i)\n    return xs\nf({n})\n",
    }


def program(lines):
    """As many lines as asked for, as a person would write them: functions, variables, loops, strings."""
    parts = []
    for n in range(lines // 10):
        parts.append(
            f"# part {n}\nf{n}(x, k: 2) = {{\n  y = 3x^2 + {n} * x\n  if y > {n} {{ y = y - k }} else {{ y = y + k }}\n  y\n}}\n"
            f"a{n} = f{n}({n}) + 1\nfor i in 0..<2 {{ a{n} = a{n} + i }}\ns{n} = \"value {n}: {{a{n}:.2f}}\"\nb{n} = list(a{n}, s{n})\n"
        )
    return {"grad": "".join(parts)}


class Row:
    def __init__(self, name, programs, bounds, rounds=9, net=True, milliseconds=None):
        self.name, self.programs, self.bounds, self.rounds, self.net, self.milliseconds = name, programs, bounds, rounds, net, milliseconds


ROWS = [
    Row("start", EMPTY, {"py": 1}, rounds=31, net=False),
    Row("while loop in a function", LOOP, {"lua": 1.3, "py": None}),
    Row("while loop at top level", TOP, {"lua": 1.3, "py": None}),
    Row("10⁶ calls of a small function", CALLS, {"lua": None, "py": 0.5}),
    Row("fib(27)", FIB, {"lua": None, "py": 0.5}),
    Row("10⁵ string joins", joins(100_000), {"py": 1}, rounds=15),
    Row("4·10⁵ string joins", joins(400_000), {"py": 1}, rounds=15),
    Row("10⁵ list appends", appends(100_000), {"py": 1}, rounds=15),
    Row("4·10⁵ list appends", appends(400_000), {"py": 1}, rounds=15),
    Row("a program of 10,000 lines", program(10_000), {}, rounds=15, net=False, milliseconds=50),
]

# (larger, smaller): four times the work may take so many times as long.
GROWTH = [("4·10⁵ string joins", "10⁵ string joins"), ("4·10⁵ list appends", "10⁵ list appends")]
MOST_GROWTH = 6


def milliseconds(command):
    """Processor time of a process, its own and the system's for it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1e3


def main():
    interpreters = {
        "grad": sys.argv[1] if len(sys.argv) > 1 else ".build/release/gradus",
        "lua": shutil.which("lua5.4"),
        "py": os.path.realpath(sys.executable),
    }
    names = {"grad": "gradus", "lua": "lua 5.4", "py": "python"}
    missed, ours = [], {}
    print(f"{'milliseconds':30} {'gradus':>8} {'lua 5.4':>8} {'python':>8}   ratios")
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            commands, empty = {}, {}
            for name, text in row.programs.items():
                if not interpreters[name]:
                    continue
                for kind, content, into in (("p.", text, commands), ("empty.", EMPTY[name], empty)):
                    path = os.path.join(folder, kind + name)
                    with open(path, "w") as file:
                        file.write(content)
                    into[name] = [interpreters[name], path]
            times = {name: [] for name in commands}
            for _ in range(row.rounds):
                for name, command in commands.items():
                    start = milliseconds(empty[name]) if row.net else 0
                    times[name].append(milliseconds(command) - start)
            medians = {name: max(0.001, statistics.median(values)) for name, values in times.items()}
            ours[row.name] = medians["grad"]
            notes = []
            for peer, bound in row.bounds.items():
                if peer not in medians:
                    notes.append(f"{names[peer]} is not installed: skipped")
                    continue
                ratio = medians["grad"] / medians[peer]
                kept = bound is None or ratio <= bound
                notes.append(f"{ratio:.2f} of {names[peer]}" + ("" if bound is None else f" (at most {bound}{'' if kept else ', NOT KEPT'})"))
                if not kept:
                    missed.append(row.name)
            if row.milliseconds is not None:
                kept = medians["grad"] <= row.milliseconds
                notes.append(f"at most {row.milliseconds} ms" + ("" if kept else ", NOT KEPT"))
                if not kept:
                    missed.append(row.name)
            columns = " ".join(f"{medians[name]:8.1f}" if name in medians else f"{'':8}" for name in names)
            print(f"{row.name:30} {columns}   {'; '.join(notes)}", flush=True)
    for larger, smaller in GROWTH:
        growth = ours[larger] / ours[smaller]
        kept = growth <= MOST_GROWTH
        print(f"{larger} take {growth:.1f} times as long as {smaller} (at most {MOST_GROWTH}{'' if kept else ', NOT KEPT'})")
        if not kept:
            missed.append(larger)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
