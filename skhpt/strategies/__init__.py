"""Who is trained next: pure ask/tell, without data, disk or clock."""

from skhpt.strategies._base import Strategy
from skhpt.strategies._bayesian import BayesianStrategy
from skhpt.strategies._bracket import Bracket
from skhpt.strategies._category import Category
from skhpt.strategies._exhaustive import ExhaustiveStrategy
from skhpt.strategies._halving import HalvingStrategy
from skhpt.strategies._halving_schedule import HalvingSchedule
from skhpt.strategies._hyperband import HyperbandStrategy
from skhpt.strategies._hyperband_schedule import HyperbandSchedule
from skhpt.strategies._number import Number
from skhpt.strategies._parameter_space import Dimension, ParameterSpace, Point
from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.strategies._sampler import Sampler
from skhpt.strategies._samplers import make_sampler
from skhpt.strategies._steps import Steps

__all__ = [
    "BayesianStrategy",
    "Bracket",
    "Category",
    "Dimension",
    "ExhaustiveStrategy",
    "HalvingSchedule",
    "HalvingStrategy",
    "HyperbandSchedule",
    "HyperbandStrategy",
    "Number",
    "ParameterSpace",
    "Point",
    "Report",
    "Request",
    "Sampler",
    "Steps",
    "Strategy",
    "make_sampler",
]
