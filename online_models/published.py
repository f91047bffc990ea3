"""What a ranker needs of a model: as much of its state as predicting takes, as bytes.

What was measured, refused and counted by the guard stays with who learns.
"""

from __future__ import annotations

from online_models import state as states
from online_models.declaration import Declaration
from online_models.examples import Examples, Numbers
from online_models.ftrl import sigmoid
from online_models.learner import Learner
from online_models.model import OnlineModel

FORMAT = 1


class Predictor:
    """Predicts as the model did when it was packed, to the last bit, and learns no more."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def predict(self, examples: Examples) -> Numbers:
        """The chance of each label being true; labels are not looked at."""
        return sigmoid(self.learner.predict(examples))


def pack(model: OnlineModel) -> bytes:
    """What predicts. Raises ValueError rather than tell a number that is not finite."""
    declared = model.declared
    learner = model.learner.state()
    return states.to_bytes({"model": declared.name, "declared": declared.digest, "learner": learner}, FORMAT)


def unpack(declared: Declaration, packed: bytes) -> Predictor:
    """What `pack` gave. Raises ValueError for another format, and for what another declaration has learnt."""
    state = states.from_bytes(packed, FORMAT)
    found, wanted = (state["model"], state["declared"]), (declared.name, declared.digest)
    if found != wanted:
        raise ValueError(f"this predicts {found[0]} {found[1]}, not {wanted[0]} {wanted[1]}")
    return Predictor(declared.learner.start(state["learner"]))


def keeps(declared: Declaration, packed: bytes, member: str) -> bool:
    """Whether what `pack` gave holds anything for a member alone; not what another declaration has learnt."""
    try:
        return unpack(declared, packed).learner.forget(member)
    except ValueError:
        return False
