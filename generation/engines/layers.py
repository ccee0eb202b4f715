"""The layers that generator and discriminator share: equalised learning rates and style-modulated convolution."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["EqualConv", "EqualLinear", "ModulatedConv", "leaky"]

_GAIN = 1.386


def leaky(values: Tensor) -> Tensor:
    """Leaky ReLU with slope 0.2, the only activation in use."""
    return F.leaky_relu(values, 0.2)


class EqualLinear(nn.Module):
    """A linear layer whose weights are scaled at run time, so that every layer learns at the same pace."""

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0, pace: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / pace)
        self.bias = nn.Parameter(torch.full((outputs,), bias / pace))
        self.scale = pace / math.sqrt(inputs)
        self.pace = pace

    def forward(self, values: Tensor) -> Tensor:
        """(batch, inputs) to (batch, outputs)."""
        return F.linear(values, self.weight * self.scale, self.bias * self.pace)


class EqualConv(nn.Module):
    """A same-size convolution with run-time scaled weights."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale = _GAIN / math.sqrt(inputs * kernel * kernel)

    def forward(self, values: Tensor) -> Tensor:
        """(batch, inputs, height, width) to (batch, outputs, height, width)."""
        padding = self.weight.shape[-1] // 2
        return F.conv2d(values, self.weight * self.scale, self.bias, padding=padding)


class ModulatedConv(nn.Module):
    """A convolution whose input channels are scaled by a style, optionally normalised back to unit deviation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, style: int, *, normalise: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.affine = EqualLinear(style, inputs, bias=1.0)
        self.scale = _GAIN / math.sqrt(inputs * kernel * kernel)
        self.normalise = normalise

    def forward(self, values: Tensor, style: Tensor) -> Tensor:
        """(batch, inputs, height, width) and (batch, style) to (batch, outputs, height, width)."""
        weight = self.weight * self.scale
        factors = self.affine(style)
        result = F.conv2d(values * factors[:, :, None, None], weight, padding=weight.shape[-1] // 2)
        if self.normalise:
            energy = factors.square() @ weight.square().sum((2, 3)).t()
            result = result * torch.rsqrt(energy + 1e-8)[:, :, None, None]
        return result
