"""What candidates are drawn from: the values of one hyper-parameter, and spaces of several."""

from skhpt.space._choice import Choice
from skhpt.space._dimension import Dimension
from skhpt.space._float import Float
from skhpt.space._int import Int
from skhpt.space._known import is_known_to_sklearn
from skhpt.space._space import SearchSpace
from skhpt.space._tensorboard import as_dimension, by_names, is_hparam

__all__ = [
    "Choice",
    "Dimension",
    "Float",
    "Int",
    "SearchSpace",
    "as_dimension",
    "by_names",
    "is_hparam",
    "is_known_to_sklearn",
]
