"""Muon: momentum whose steps are made orthogonal, for the matrices of a transformer (Jordan et al., 2024).

`torch.optim.Muon` does its products in bfloat16, which a processor without such units runs at a third of the speed;
this one stays in float32 and takes matrices of one shape together.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Muon", "orthogonal"]

_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonal(matrices: Tensor, steps: int = 5) -> Tensor:
    """About the nearest orthogonal matrices (count, rows, columns), by Newton and Schulz's iteration."""
    turned = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.transpose(-1, -2) if turned else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        product = x @ x.transpose(-1, -2)
        x = _A * x + (_B * product + _C * product @ product) @ x
    found: Tensor = x.transpose(-1, -2) if turned else x
    return found


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal, with decoupled weight decay; every parameter is a matrix."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step from the gradients that lie on the parameters."""
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault(tuple(parameter.shape), []).append(parameter)
            for parameters in shapes.values():
                self._move(parameters, group)

    def _move(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        momentum, rate = group["momentum"], group["lr"]
        directions = []
        for parameter in parameters:
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            gradient = parameter.grad
            assert gradient is not None
            state["momentum"].lerp_(gradient, 1 - momentum)
            directions.append(gradient.lerp(state["momentum"], momentum))
        rows, columns = parameters[0].shape
        scale = max(1.0, columns / rows) ** 0.5
        for parameter, direction in zip(parameters, orthogonal(torch.stack(directions)), strict=True):
            parameter.mul_(1 - rate * group["weight_decay"]).add_(direction, alpha=-rate * scale)
