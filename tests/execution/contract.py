"""What every executor promises. A test class inherits this and says how to make one."""

import pytest

from skhpt.trials import Candidate, TrialSpec, TrialStatus
from tests.fakes import result

SPECS = [TrialSpec(Candidate(candidate, {"a": candidate}), fold) for candidate in range(4) for fold in range(3)]


class Evaluate:
    """The least that an executor is handed."""

    def __call__(self, spec):
        return result(spec.candidate.index, spec.fold, score=spec.candidate.params["a"] + spec.fold / 10)

    def lost(self, spec, reason):
        return result(spec.candidate.index, spec.fold, status=TrialStatus.FAILED, test_scores={}, error=reason)


class EvaluateOrRaise(Evaluate):
    def __call__(self, spec):
        if spec.candidate.index == 1:
            raise OSError("this ends the run")
        return super().__call__(spec)


evaluate = Evaluate()


class ExecutorContract:
    """Subclasses define `make`, which returns an executor."""

    def make(self):
        raise NotImplementedError

    def test_each_spec_gives_its_result_once(self):
        results = sorted(self.make().run(evaluate, SPECS), key=lambda r: r.key)
        assert results == [evaluate(spec) for spec in SPECS]

    def test_nothing_to_run_gives_nothing(self):
        assert list(self.make().run(evaluate, [])) == []

    def test_what_the_evaluation_raises_ends_the_run(self):
        with pytest.raises(OSError, match="this ends the run"):
            list(self.make().run(EvaluateOrRaise(), SPECS))

    def test_it_can_run_again(self):
        executor = self.make()
        assert len(list(executor.run(evaluate, SPECS))) == len(list(executor.run(evaluate, SPECS)))

    def test_a_consumer_may_stop_early(self):
        executor = self.make()
        results = executor.run(evaluate, SPECS)
        next(results)
        results.close()
        assert len(list(executor.run(evaluate, SPECS))) == len(SPECS)
