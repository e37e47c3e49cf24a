"""Candidates chosen by what earlier ones have scored; optuna also stops those that lag behind.

As in optuna's tutorials for Keras, its trials score on one split, and a callback asks after each epoch whether to go
on. The package optuna-integration has that callback, which saves its users the class.
"""

from peers_work._data import digits
from peers_work._row import Row
from peers_work.grid import build


def with_skhpt(X, y):
    from skhpt import BayesianSearchCV, Choice, Float, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=10, batch_size=32)
    space = {"units": Choice([16, 32, 48, 64]), "optimizer__learning_rate": Float(1e-4, 3e-2, log=True)}
    return BayesianSearchCV(classifier, space, n_iter=30, cv=3, random_state=0).fit(X, y)


def with_optuna(X, y):
    import keras
    import optuna
    from sklearn.model_selection import train_test_split

    class Pruning(keras.callbacks.Callback):
        def __init__(self, trial):
            super().__init__()
            self.trial = trial

        def on_epoch_end(self, epoch, logs=None):
            self.trial.report(logs["val_accuracy"], epoch)
            if self.trial.should_prune():
                raise optuna.TrialPruned

    def build_and_compile(trial):
        model = build(trial.suggest_categorical("units", [16, 32, 48, 64]))
        adam = keras.optimizers.Adam(trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True))
        model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    X_fit, X_val, y_fit, y_val = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    options = {"epochs": 10, "batch_size": 32, "verbose": 0}

    def objective(trial):
        model = build_and_compile(trial)
        validation = {"validation_data": (X_val, y_val), "callbacks": [Pruning(trial)]}
        return model.fit(X_fit, y_fit, **validation, **options).history["val_accuracy"][-1]

    sampler, pruner = optuna.samplers.TPESampler(seed=0), optuna.pruners.MedianPruner()
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    study.optimize(objective, n_trials=30)
    model = build_and_compile(study.best_trial)
    model.fit(X, y, **options)
    return model


ROW = Row(
    "digits, 30 candidates by TPE, 3 folds, 10 epochs",
    digits,
    {"skhpt": with_skhpt, "optuna": with_optuna},
)
