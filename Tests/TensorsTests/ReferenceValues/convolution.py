"""Makes convolution.txt: a small network's outputs and gradients as PyTorch computes them in double precision.

    pip install torch==2.13.0 && python convolution.py > convolution.txt

Each line is a name, the sizes, and the numbers in row-major order. Inputs are rounded to four digits, so that the file holds
them exactly; results have 12.
"""

import torch
import torch.nn.functional as F

torch.manual_seed(7)


def drawn(*sizes):
    return (torch.randn(*sizes, dtype=torch.float64) * 1e4).round() / 1e4


def write(name, tensor, digits):
    sizes = ",".join(str(size) for size in tensor.shape)
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().flatten().tolist())
    print(name, sizes, numbers)


cases = {
    # name: images, kernel, stride, padding, pool's window, stride and padding
    "same": ((2, 3, 6, 5), (4, 3, 3, 3), (1, 1), (1, 1), (2, 2), (2, 2), (0, 0)),
    "strided": ((2, 2, 9, 8), (3, 2, 3, 2), (2, 1), (1, 0), (3, 2), (1, 2), (1, 0)),
    "pointwise": ((1, 3, 4, 4), (5, 3, 1, 1), (1, 1), (0, 0), (2, 3), (2, 1), (0, 1)),
}
for name, (images, kernel, stride, padding, window, step, border) in cases.items():
    x, k, b = drawn(*images), drawn(*kernel), drawn(kernel[0])
    for tensor in (x, k, b):
        tensor.requires_grad_()
    print("settings", name, *stride, *padding, *window, *step, *border)
    convolved = F.conv2d(x, k, b, stride=stride, padding=padding)
    pooled = F.max_pool2d(F.relu(convolved), window, stride=step, padding=border)
    weights = drawn(*pooled.shape)
    loss = (weights * pooled**2).sum()
    gradients = torch.autograd.grad(loss, (x, k, b), create_graph=True)
    # The derivative of the gradients' squares: a second derivative.
    second = torch.autograd.grad(sum((g**2).sum() for g in gradients), (x, k, b))
    for label, tensor in (("x", x), ("kernel", k), ("bias", b), ("weights", weights)):
        write(label, tensor, 12)
    for label, tensor in (("convolved", convolved), ("pooled", pooled)):
        write(label, tensor, 12)
    for label, tensor in zip(("x", "kernel", "bias"), gradients):
        write("gradient-" + label, tensor, 17)
    for label, tensor in zip(("x", "kernel", "bias"), second):
        write("second-" + label, tensor, 17)
