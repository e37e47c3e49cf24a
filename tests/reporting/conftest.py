import matplotlib as mpl
import pytest

mpl.use("agg")


@pytest.fixture
def ax():
    """Axes that no window shows."""
    from matplotlib.figure import Figure

    return Figure(layout="constrained").add_subplot()


@pytest.fixture(autouse=True)
def no_figures_left():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
