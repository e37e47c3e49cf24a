import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring, fbeta_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpt.evaluation import Rescoring

X, Y = load_breast_cancer(return_X_y=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


def mean_probability(y, probability, pos_label=0):
    """Of the class that it names, in the rows that are of it."""
    return float(np.mean(probability[y == pos_label]))


SCORINGS = {
    "default": None,
    "classes": "accuracy",
    "decisions": "roc_auc",
    "probabilities": "neg_log_loss",
    "own": make_scorer(fbeta_score, beta=2, pos_label=0),
    "one class": make_scorer(mean_probability, response_method="predict_proba"),
}


@pytest.mark.parametrize("scoring", SCORINGS.values(), ids=SCORINGS)
def test_responses_lead_to_the_score_that_the_scorer_gives(scoring):
    scorer = check_scoring(MODEL, scoring)
    rescoring = Rescoring.of(scorer, MODEL)
    responses = rescoring.responses(MODEL, X, Y)
    assert responses.shape == Y.shape
    assert rescoring.score(Y, responses, {}) == scorer(MODEL, X, Y)


def test_weights_are_handed_on():
    rescoring = Rescoring.of(check_scoring(MODEL, "accuracy"), MODEL)
    right = rescoring.responses(MODEL, X, Y) == Y
    assert rescoring.score(Y, Y ^ ~right, {"sample_weight": right}) == 1.0


def test_the_scorer_itself_stays_as_it_is():
    scorer = check_scoring(MODEL, "neg_log_loss")
    Rescoring.of(scorer, MODEL).responses(MODEL, X, Y)
    assert (scorer._sign, scorer._score_func.__name__) == (-1, "log_loss")


def test_rows_that_lack_a_class_are_scored_among_all_classes():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(X, y)
    rescoring = Rescoring.of(check_scoring(model, "neg_log_loss"), model)
    responses = rescoring.responses(model, X, y)
    part = slice(0, 100)  # of two classes only
    expected = np.log(responses[np.arange(100), y[part]]).mean()
    assert rescoring.knowing(np.unique(y)).score(y[part], responses[part], {}) == pytest.approx(expected)


def test_objects_become_text():
    labels = np.array(["benign", "malignant"], dtype=object)[Y]
    model = SVC().fit(X, labels)
    assert Rescoring.of(check_scoring(model, None), model).responses(model, X, labels).dtype.kind == "U"
