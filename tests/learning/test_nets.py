"""The four-conv net is the paper's, and its slopes are right to second order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from commonroot.learning.errors import BadArchitecture, WrongParams
from commonroot.learning.nets import Conv4, batch_norm, require_params
from commonroot.learning.types import Params
from commonroot.tasks.errors import WrongSize


class TestConv4:
    def test_has_the_papers_size(self) -> None:
        """
        Four convolutions of 64 filters with a norm each, and 256 features to 5 ways.
        """
        shapes = Conv4(filters=64, ways=5, side=28).shapes()

        assert list(shapes) == sorted(shapes)
        assert shapes["conv1.weight"] == (64, 1, 3, 3)
        assert shapes["dense.weight"] == (5, 256)
        sizes = [torch.Size(shape).numel() for shape in shapes.values()]
        assert sum(sizes) == 64 * 9 + 3 * 64 * 64 * 9 + 4 * 2 * 64 + 5 * 256 + 5

    @pytest.mark.parametrize("side", [5, 8, 20, 28, 84])
    def test_takes_any_side(self, side: int) -> None:
        """
        The dense layer fits what the convolutions leave, whatever the side.
        """
        net = Conv4(filters=2, ways=3, side=side, channels=3)

        assert net.scores(net.init(1), torch.rand(4, 3, side, side)).shape == (4, 3)

    def test_starts_the_same_for_a_seed(self, net: Conv4) -> None:
        """
        A seed fixes every byte; another seed gives another start.
        """
        one, again, other = net.init(1), net.init(1), net.init(2)

        assert all(torch.equal(one[name], again[name]) for name in one)
        assert not torch.equal(one["conv1.weight"], other["conv1.weight"])
        assert {value.dtype for value in one.values()} == {torch.float32}

    def test_starts_within_glorots_bound(self) -> None:
        """
        Uniform up to sqrt(6 / (fan in + fan out)): here sqrt(6 / (9 + 9 * 24)).
        """
        start = Conv4(filters=24).init(3)["conv1.weight"]

        assert start.abs().max() <= (6 / (9 + 9 * 24)) ** 0.5
        assert start.abs().max() > 0.95 * (6 / (9 + 9 * 24)) ** 0.5

    def test_pads_behind(self) -> None:
        """
        "Same" padding of an even side puts its one row behind: a kernel's first pixel meets the first.
        """
        net = Conv4(filters=1, ways=1, side=2)
        params = {name: torch.zeros(shape) for name, shape in net.shapes().items()}
        params["conv1.weight"][0, 0, 0, 0] = 1
        seen: Tensor = grad(lambda image: self._first_layer(params, image))(torch.zeros(1, 1, 2, 2))

        assert seen.tolist() == [[[[1, 0], [0, 0]]]]

    @staticmethod
    def _first_layer(params: Params, image: Tensor) -> Tensor:
        from commonroot.learning.nets import _halving_conv

        return _halving_conv(image, params["conv1.weight"]).sum()

    def test_is_read_from_a_spec(self) -> None:
        """
        What a spec says and what a net says of itself are one.
        """
        net = Conv4(filters=32, ways=20, side=28, channels=3)

        assert Conv4.read(net.settings()) == net
        assert Conv4.read({"name": "conv4"}) == Conv4()


class TestRefuses:
    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"name": "resnet"}, "no net 'resnet'"),
            ({}, "no net None"),
            ({"name": "conv4", "depth": 3}, "`conv4` has no setting `depth`"),
            ({"name": "conv4", "filters": 0}, "`filters` is 0, not a whole number of 1 to 1024"),
            ({"name": "conv4", "filters": 10**9}, "`filters` is 1000000000"),
            ({"name": "conv4", "ways": "5"}, "`ways` is '5'"),
            ({"name": "conv4", "side": True}, "`side` is True"),
        ],
    )
    def test_an_architecture_it_does_not_know(self, said: dict[str, str | int], why: str) -> None:
        """
        The error names the field and what it may be.
        """
        with pytest.raises(BadArchitecture, match=why):
            Conv4.read(said)

    def test_images_of_another_size(self, net: Conv4) -> None:
        """
        The error names both sizes.
        """
        with pytest.raises(WrongSize, match=r"Images of 1 × 28 × 28 were expected.* 3 × 28 × 28"):
            net.require(torch.zeros(2, 3, 28, 28))

    def test_params_of_another_net(self, net: Conv4) -> None:
        """
        The error names the tensor that is missing or misshapen.
        """
        params = net.init(1)
        with pytest.raises(WrongParams, match=r"`conv1.weight` has shape \(8, 1, 3, 3\)"):
            require_params({**params, "conv1.weight": torch.zeros(8, 1, 3, 3)}, net.shapes())
        del params["dense.bias"]
        with pytest.raises(WrongParams, match=r"no `dense.bias`"):
            require_params(params, net.shapes())


class TestBatchNorm:
    def test_norms_over_the_batch(self) -> None:
        """
        Each channel gets the mean and the spread it is told.
        """
        values = torch.randn(6, 3, 5, 5, dtype=torch.float64) * 7 + 2
        scale, shift = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, -1.0, 5.0])
        normed = batch_norm(values, scale.double(), shift.double())

        assert torch.allclose(normed.mean((0, 2, 3)), shift.double(), atol=1e-12)
        assert torch.allclose(normed.std((0, 2, 3), correction=0), scale.double(), rtol=1e-4)

    def test_has_the_right_slope_of_a_slope(self) -> None:
        """
        Mapped over tasks, the second-order slope is that of finite differences (float64).
        """
        rng = torch.Generator().manual_seed(3)
        images = torch.rand(3, 4, 1, 6, 6, generator=rng, dtype=torch.float64)
        net = Conv4(filters=2, ways=2, side=6)
        params = {name: value.double() for name, value in net.init(1).items()}

        # Squared and not ReLU'd twice over: finite differences must not step across a kink.
        def after_a_step(weight: Tensor, images: Tensor) -> Tensor:
            def loss(weight: Tensor) -> Tensor:
                convolved = torch.nn.functional.conv2d(images, weight, stride=2)
                normed = batch_norm(convolved, params["norm1.scale"], params["norm1.shift"])
                return (normed.sigmoid() - images[..., :2, :2]).square().mean()

            return loss(weight - 0.5 * grad(loss)(weight))

        weight = params["conv1.weight"]
        found = vmap(grad(after_a_step), in_dims=(None, 0))(weight, images)

        for task in range(3):
            expected = finite_differences(lambda w, t=task: after_a_step(w, images[t]), weight)
            assert torch.allclose(found[task], expected, rtol=1e-6, atol=1e-9)


def finite_differences(function: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """Return the gradient by central differences."""
    slope = torch.zeros_like(at)
    for place in range(at.numel()):
        step = torch.zeros_like(at)
        step.view(-1)[place] = 1e-5
        slope.view(-1)[place] = (function(at + step) - function(at - step)) / 2e-5
    return slope
