"""Pairing, the pure part: what kinds of machine there are, what is measured of a freshly clipped sensor, what it means.

Samples and commands in, steps and findings out; the radio, the files, the terminal and the page are elsewhere.
"""

from sensor_hub.pairing.findings import Finding, Grade, Measured, judge, judge_battery, judge_link, worst
from sensor_hub.pairing.kinds import KINDS, KindOfMachine, MachineKind
from sensor_hub.pairing.procedure import REPS, Procedure, Progress, Step
from sensor_hub.pairing.view import Nearby, View

__all__ = [
    "KINDS",
    "REPS",
    "Finding",
    "Grade",
    "KindOfMachine",
    "MachineKind",
    "Measured",
    "Nearby",
    "Procedure",
    "Progress",
    "Step",
    "View",
    "judge",
    "judge_battery",
    "judge_link",
    "worst",
]
