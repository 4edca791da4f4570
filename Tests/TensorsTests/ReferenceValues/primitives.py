"""Answers the samples of all primitives with NumPy, SciPy and PyTorch, in double precision; see README.md.

    python primitives.py samples.txt > primitives.txt
"""

import sys

import numpy as np
import scipy.special
import torch
import torch.nn.functional as F

KEEP = 1 << 8


class Sample:
    def __init__(self, line):
        _, self.op, self.number, *settings = line.split()
        fields = dict(setting.split("=", 1) for setting in settings)
        self.integer = int(fields["integer"])
        self.list = numbers(fields["list"])
        self.dimensions = numbers(fields["dimensions"])
        self.type = fields["type"]
        self.value = float(fields["value"])
        self.operands = []
        self.lines = [line]

    def add(self, line):
        _, kind, sizes, *values = line.split()
        dtype = {"bool": bool, "i32": np.int32}.get(kind, np.float64)
        array = np.array([float(value) for value in values]).reshape(numbers(sizes))
        self.operands.append(array.astype(dtype))
        self.lines.append(line)


def numbers(text):
    return [int(word) for word in text.strip("[]").split(",") if word]


def axes(s):
    return tuple(axis for axis in range(8) if s.integer >> axis & 1)


def reduction(function):
    return lambda s, x: function(x, axis=axes(s), keepdims=bool(s.integer & KEEP))


def position(function):
    return lambda s, x: function(x, axis=s.integer & 0xFF, keepdims=bool(s.integer & KEEP))


def slices(list_, sizes):
    rank = len(sizes)
    result = []
    for start, step, count in zip(list_[:rank], list_[rank:], sizes):
        end = start + step * count
        result.append(slice(start, None if end < 0 else end, step) if count else slice(0, 0))
    return tuple(result)


def replace_slice(s, x, part):
    x = x.copy()
    x[slices(s.list, part.shape)] = part
    return x


def pad(s, x):
    rank = x.ndim
    return np.pad(x, list(zip(s.list[:rank], s.list[rank:])), constant_values=np.array(s.value).astype(x.dtype)) if rank else x


def scatter_add(s, x, index):
    axis, rank = s.integer, index.ndim
    moved = np.moveaxis(x.reshape(x.shape[:axis] + (-1,) + x.shape[axis + rank :]) if x.size else x, axis, 0)
    result = np.zeros((s.list[0],) + x.shape[:axis] + x.shape[axis + rank :], x.dtype)
    if x.size:
        np.add.at(result, index.reshape(-1), moved)
    return np.moveaxis(result, 0, axis)


def matrix_product(s, a, b):
    if s.integer & 1:
        a = np.swapaxes(a, -1, -2)
    if s.integer & 2:
        b = np.swapaxes(b, -1, -2)
    return a @ b


def triangle(s, a):
    return np.tril(a) if s.integer & 2 else np.triu(a) if s.integer & 4 else a


def solve(s, a, b):
    a = triangle(s, a)
    return np.linalg.solve(np.swapaxes(a, -1, -2) if s.integer & 1 else a, b)


def slogdet(s, a):
    sign, logarithm = np.linalg.slogdet(a)
    return np.stack([sign, logarithm], axis=-1)


def cofactors(s, a):
    n = a.shape[-1]
    result = np.empty_like(a)
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, axis=-2), j, axis=-1)
            result[..., i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return result


def symmetric(a):
    return (a + np.swapaxes(a, -1, -2)) / 2


def packed(a, *parts):
    return np.concatenate([part.reshape(a.shape[:-2] + (-1,)) if part.size else np.zeros(a.shape[:-2] + (0,)) for part in parts], axis=-1)


def qr(s, a):
    if not a.size:
        m, n = a.shape[-2:]
        return np.zeros(a.shape[:-2] + (m * min(m, n) + min(m, n) * n,))
    q, r = np.linalg.qr(a)
    signs = np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    return packed(a, q * signs[..., None, :], r * signs[..., :, None])


def leading_signs(columns):
    """1 or -1 for each column: the sign of its greatest element, the first of equals."""
    magnitudes = np.abs(columns)
    first = np.argmax(magnitudes >= magnitudes.max(axis=-2, keepdims=True) * (1 - 1e-10), axis=-2)
    chosen = np.take_along_axis(columns, first[..., None, :], axis=-2)[..., 0, :]
    return np.where(chosen < 0, -1.0, 1.0)


def eigh(s, a):
    if not a.size:
        return np.zeros(a.shape[:-2] + (a.shape[-1] * (a.shape[-1] + 1),))
    values, vectors = np.linalg.eigh(symmetric(a))
    return packed(a, values, vectors * leading_signs(vectors)[..., None, :])


def svd(s, a):
    if not a.size:
        m, n = a.shape[-2:]
        return np.zeros(a.shape[:-2] + (min(m, n) * (m + n + 1),))
    u, values, vt = np.linalg.svd(a, full_matrices=False)
    signs = leading_signs(u)
    return packed(a, u * signs[..., None, :], values, vt * signs[..., :, None])


def convolve(x, kernel, settings):
    stride, (top, bottom, left, right), dilation, groups = settings[:2], settings[2:6], settings[6:8], settings[8]
    framed = F.pad(x, (left, right, top, bottom)) if x.numel() else x.new_zeros(x.shape[:2] + (x.shape[2] + top + bottom, x.shape[3] + left + right))
    if not framed.numel() or not kernel.numel():
        # PyTorch refuses some of these: sums of nothing.
        sizes = [(framed.shape[2 + i] - (kernel.shape[2 + i] - 1) * dilation[i] - 1) // stride[i] + 1 for i in range(2)]
        return framed.sum() * kernel.sum() * framed.new_zeros([x.shape[0], kernel.shape[0]] + sizes)
    return F.conv2d(framed, kernel, stride=tuple(stride), dilation=tuple(dilation), groups=groups)


def convolution(s, x, kernel):
    return convolve(torch.tensor(x), torch.tensor(kernel), s.list).numpy()


def derivative(function, sizes, g):
    """The gradient of a linear function, whatever its argument."""
    x = torch.zeros(sizes, dtype=torch.float64, requires_grad=True)
    y = function(x)
    if not y.requires_grad:
        return np.zeros(sizes)
    (result,) = torch.autograd.grad(y, x, torch.tensor(g))
    return result.numpy()


def convolution_input(s, g, kernel):
    sizes = [g.shape[0], kernel.shape[1] * s.list[8]] + s.list[9:]
    return derivative(lambda x: convolve(x, torch.tensor(kernel), s.list), sizes, g)


def convolution_kernel(s, x, g):
    sizes = [g.shape[1], x.shape[1] // s.list[8]] + s.list[9:]
    return derivative(lambda kernel: convolve(torch.tensor(x), kernel, s.list), sizes, g)


def pooled(s, x):
    """Each window's greatest element, and its place in the plane."""
    size, stride, (top, bottom, left, right) = s.list[:2], s.list[2:4], s.list[4:8]
    framed = F.pad(torch.tensor(x), (left, right, top, bottom), value=-torch.inf)
    if not x.size:
        values = np.zeros(x.shape[:2] + tuple((framed.shape[2 + i] - size[i]) // stride[i] + 1 for i in range(2)))
        return values, values.astype(int)
    values, places = F.max_pool2d(framed, tuple(size), stride=tuple(stride), return_indices=True)
    rows, columns = places // framed.shape[3] - top, places % framed.shape[3] - left
    return values.numpy(), (rows * x.shape[3] + columns).numpy()


def max_pool_scatter(s, x, g):
    planes = np.zeros((x.shape[0] * x.shape[1], x.shape[2] * x.shape[3]))
    places = pooled(s, x)[1].reshape(planes.shape[0], -1) if planes.size else []
    for plane, (where, values) in enumerate(zip(places, g.reshape(planes.shape[0], -1) if planes.size else [])):
        np.add.at(planes[plane], where, values)
    return planes.reshape(x.shape)


def max_pool_gather(s, x, values):
    places = pooled(s, x)[1]
    if not places.size:
        return np.zeros(places.shape)
    planes = values.reshape(x.shape[0] * x.shape[1], -1)
    return np.take_along_axis(planes, places.reshape(planes.shape[0], -1), axis=1).reshape(places.shape)


functions = {
    "constant": lambda s: np.full(s.dimensions, s.value),
    "iota": lambda s: np.arange(s.dimensions[0]),
    "mark": lambda s, x: x,
    "detach": lambda s, x: x,
    "negate": lambda s, x: -x,
    "round": lambda s, x: np.rint(x),
    "sigmoid": lambda s, x: scipy.special.expit(x),
    "not": lambda s, x: np.logical_not(x),
    "and": lambda s, a, b: np.logical_and(a, b),
    "or": lambda s, a, b: np.logical_or(a, b),
    "floorDivide": lambda s, a, b: a // b,
    "modulo": lambda s, a, b: np.mod(a, b),
    "notEqual": lambda s, a, b: a != b,
    "lessEqual": lambda s, a, b: a <= b,
    "greaterEqual": lambda s, a, b: a >= b,
    "select": lambda s, condition, a, b: np.where(condition, a, b),
    "cast": lambda s, x: np.trunc(x) if s.type == "i32" else x != 0 if s.type == "bool" else x,
    "sum": reduction(np.sum),
    "product": reduction(np.prod),
    "reduceMaximum": reduction(np.max),
    "reduceMinimum": reduction(np.min),
    "argmax": position(np.argmax),
    "argmin": position(np.argmin),
    "cumulativeSum": lambda s, x: np.cumsum(x, axis=s.integer),
    "argsort": lambda s, x: np.argsort(x, axis=-1, kind="stable"),
    "reshape": lambda s, x: x.reshape(s.dimensions),
    "permute": lambda s, x: x.transpose(s.list),
    "broadcast": lambda s, x: np.broadcast_to(x, s.dimensions),
    "slice": lambda s, x: x[slices(s.list, s.dimensions)],
    "replaceSlice": replace_slice,
    "pad": pad,
    "concatenate": lambda s, *parts: np.concatenate(parts, axis=s.integer),
    "gather": lambda s, x, index: np.take(x, index, axis=s.integer),
    "scatterAdd": scatter_add,
    "matrixProduct": matrix_product,
    "solve": solve,
    "inverse": lambda s, a: np.linalg.inv(a),
    "determinant": lambda s, a: np.linalg.det(a),
    "logDeterminant": slogdet,
    "cofactors": cofactors,
    "cholesky": lambda s, a: np.linalg.cholesky(symmetric(a)),
    "orthogonalFactors": qr,
    "symmetricEigen": eigh,
    "singularValues": svd,
    "convolution": convolution,
    "convolutionInput": convolution_input,
    "convolutionKernel": convolution_kernel,
    "maxPool": lambda s, x: pooled(s, x)[0],
    "maxPoolScatter": max_pool_scatter,
    "maxPoolGather": max_pool_gather,
}


def answer(s):
    if s.op in functions:
        return functions[s.op](s, *s.operands)
    name = s.op.lower()
    function = getattr(np, name, None) or getattr(scipy.special, name)
    return function(*s.operands)


def main(path):
    samples = []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("sample "):
            samples.append(Sample(line))
        else:
            samples[-1].add(line)
    for s in samples:
        with np.errstate(all="ignore"):
            result = np.asarray(answer(s))
        print("\n".join(s.lines))
        sizes = ",".join(str(size) for size in result.shape)
        print(" ".join([f"result [{sizes}]"] + [repr(float(value)) for value in result.reshape(-1)]))


main(sys.argv[1])
