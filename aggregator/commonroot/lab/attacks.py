"""What an attacker sends: each attack spoils an honest delta, which is then signed and sent as usual."""

from __future__ import annotations

import numpy as np

from commonroot.protocol.fixed import DELTA_MAX, Fixed

BOOST = 50


def boost(delta: Fixed) -> Fixed:
    """
    Return the delta turned round and made fifty times as long.

    One such contribution among ten outweighs all the others in a plain mean and trains the model
    backwards; every lane stays within the protocol's bounds.
    """
    turned = delta.astype(np.int64) * -BOOST
    return np.clip(turned, -DELTA_MAX, DELTA_MAX).astype(np.int32)
