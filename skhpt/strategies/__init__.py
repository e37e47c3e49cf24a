"""Who is trained next: pure ask/tell, without data, disk or clock."""

from skhpt.strategies._base import Strategy
from skhpt.strategies._bracket import Bracket
from skhpt.strategies._exhaustive import ExhaustiveStrategy
from skhpt.strategies._halving import HalvingStrategy
from skhpt.strategies._halving_schedule import HalvingSchedule
from skhpt.strategies._hyperband import HyperbandStrategy
from skhpt.strategies._hyperband_schedule import HyperbandSchedule
from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.strategies._round import Round

__all__ = [
    "Bracket",
    "ExhaustiveStrategy",
    "HalvingSchedule",
    "HalvingStrategy",
    "HyperbandSchedule",
    "HyperbandStrategy",
    "Report",
    "Request",
    "Round",
    "Strategy",
]
