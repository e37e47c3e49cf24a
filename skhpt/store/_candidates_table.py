"""A row a candidate."""

from __future__ import annotations

import pandas as pd

from skhpt.results import column
from skhpt.store._order import in_order
from skhpt.store._reading import reading
from skhpt.store._stored_run import StoredRun
from skhpt.store._summary import deciding_score


def candidates_table(run: StoredRun) -> pd.DataFrame:
    """The candidates whose trials have all ended, the best first; of a halving those of its last round before others.

    Parameters
    ----------
    run : StoredRun
        Of which to list them.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates, n_columns)
        ``candidate``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources``, ``mean_test_*``,
        ``std_test_*``, ``param_*``. Without rows if there is none.
    """
    results = run.cv_results_
    if not results:
        return pd.DataFrame({"candidate": []})
    with reading(str(run.path)):
        columns = {"round": run.rounds_of_rows, "candidate": [candidate.index for candidate in run.complete[0]]}
        names = [
            name for name in results if name.startswith(("bracket", "iter", "n_resources", "mean_test_", "std_test_"))
        ]
        for name in [*names, *(name for name in results if name.startswith("param_"))]:
            values = results[name]
            columns[name] = values if isinstance(values, list) else values.tolist()
        table = pd.DataFrame({name: column(values) for name, values in columns.items()})
        table = in_order(table, deciding_score(run), True, "candidates_table")
        return in_order(table, "round", True, "candidates_table").drop(columns="round")
