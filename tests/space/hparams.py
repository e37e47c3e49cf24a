"""Stand-ins with the attributes of TensorBoard's `HParam` and its domains, as of TensorBoard 2.21.

Of `HParam`: `name`, `domain`, `display_name`. Of every domain: `dtype`, `sample_uniform`. Of `Discrete`: `values`, a
sorted list; of `IntInterval` and `RealInterval`: `min_value`, `max_value`.
"""


class HParam:
    def __init__(self, name, domain=None, display_name=None):
        self.name = name
        self.domain = domain
        self.display_name = display_name


class Discrete:
    def __init__(self, values):
        self.values = sorted(values)
        self.dtype = type(self.values[0]) if self.values else int

    def sample_uniform(self, rng=None):
        raise AssertionError("skhpt draws by itself")


class IntInterval:
    dtype = int

    def __init__(self, min_value, max_value):
        self.min_value, self.max_value = min_value, max_value

    def sample_uniform(self, rng=None):
        raise AssertionError("skhpt draws by itself")


class RealInterval(IntInterval):
    dtype = float
