"""Studies of optuna's, made without a word."""

from __future__ import annotations

import logging
from typing import Any


def new_study(**options: Any) -> Any:
    """A study that looks for the greatest score.

    Without optuna's line about a new study, which is none of the user's. Its other lines are left alone.

    Parameters
    ----------
    **options
        Further arguments of `optuna.create_study`.
    """
    import optuna

    logger = logging.getLogger("optuna.storages._in_memory")
    logger.addFilter(_is_news)
    try:
        return optuna.create_study(direction="maximize", **options)
    finally:
        logger.removeFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO
