"""Packets that a poor radio link loses, in bursts."""

import numpy as np
from numpy.typing import NDArray

from firmware_sim.scenario import Radio


def received(count: int, radio: Radio, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(count,) which samples arrive: bursts of geometric length are lost, loss_ratio of all packets on average."""
    packets = -(-count // radio.samples_per_packet)
    kept = np.ones(packets, dtype=np.bool_)
    if radio.loss_ratio > 0.0:
        between = radio.burst_packets * (1.0 - radio.loss_ratio) / radio.loss_ratio
        at = int(rng.geometric(1.0 / between))
        while at < packets:
            burst = int(rng.geometric(1.0 / radio.burst_packets))
            kept[at : at + burst] = False
            at += burst + int(rng.geometric(1.0 / between))
    return np.repeat(kept, radio.samples_per_packet)[:count]
