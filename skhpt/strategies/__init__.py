"""Who is trained next: pure ask/tell, without data, disk or clock."""

from skhpt.strategies._base import Report, Request, Round, Strategy
from skhpt.strategies._exhaustive import ExhaustiveStrategy

__all__ = ["ExhaustiveStrategy", "Report", "Request", "Round", "Strategy"]
