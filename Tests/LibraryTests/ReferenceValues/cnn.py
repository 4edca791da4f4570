"""Makes cnn.txt: what PyTorch computes in double precision for the network of the lesson on convolutions.

    pip install torch==2.13.0 && python cnn.py ../../../Tutorials/data/digits.csv > cnn.txt

The parameters follow a formula, so that they need not be stored. Each line is a name and numbers in row-major order; of the large
gradients every seventh number. The inputs are the first 16 images of the digits.
"""

import csv
import sys

import torch
import torch.nn.functional as F

with open(sys.argv[1]) as file:
    rows = list(csv.reader(file))[1:17]
table = torch.tensor([[float(cell) for cell in row] for row in rows], dtype=torch.float64)
images, labels = table[:, :64].reshape(16, 1, 8, 8) / 16, table[:, 64].long()


def parameter(number, scale, *sizes):
    index = torch.arange(torch.Size(sizes).numel())
    values = ((17 * index**2 + 977 * index + 1019 * number) % 2003 - 1001).double() / 1001 * scale
    return values.reshape(sizes).requires_grad_()


parameters = {
    "bias1": parameter(1, 0.1, 16),
    "weight1": parameter(2, 0.2, 16, 1, 3, 3),
    "bias2": parameter(3, 0.1, 32),
    "weight2": parameter(4, 0.12, 32, 16, 3, 3),
    "bias3": parameter(5, 0.1, 10),
    "weight3": parameter(6, 0.1, 512, 10),
}


def model(x):
    p = parameters
    x = F.relu(F.conv2d(x, p["weight1"], p["bias1"], padding=1))
    x = F.relu(F.conv2d(x, p["weight2"], p["bias2"], padding=1))
    return F.max_pool2d(x, 2).flatten(1) @ p["weight3"] + p["bias3"]


def write(name, tensor):
    print(name, *(f"{value:.12g}" for value in tensor.detach().flatten().tolist()))


logits = model(images)
loss = F.cross_entropy(logits, labels)
write("logits", logits)
write("loss", loss)
for (name, _), gradient in zip(parameters.items(), torch.autograd.grad(loss, parameters.values())):
    write("gradient-" + name, gradient.flatten()[:: 7 if gradient.numel() > 1000 else 1])

optimizer = torch.optim.Adam(parameters.values(), lr=5e-3)
for _ in range(10):
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
write("trained", model(images))
