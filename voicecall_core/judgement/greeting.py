"""What the callee must hear undisturbed: the greeting and the farewell. Knows nothing of how audio travels.

Both are utterances during which the model's own turn-taking is held: a short word of the callee does not interrupt
them and gets no answer of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Said(StrEnum):
    """How far an utterance has come."""

    NONE = "none"
    ASKED = "asked"
    PLAYING = "playing"
    PLAYED = "played"
    CUT = "cut"  # by the callee's speech
    UNPROVEN = "unproven"  # its last mark never came back


@dataclass(frozen=True, slots=True)
class Greeting:
    """The greeting, and in time the farewell.

    `ref` is our name for the greeting's response, `response` the model's. `pending` are its items whose marks are not
    back; `ended`: the model has finished it. `interrupted`: the callee's turn, once committed, is owed an answer by
    us. `farewell` is the response in which the agent said goodbye; `spared`: a farewell was cancelled once.
    """

    state: Said = Said.NONE
    session: int = 0
    ref: str = ""
    response: str = ""
    pending: frozenset[str] = frozenset()
    ms: int = 0
    ended: bool = False
    interrupted: bool = False
    farewell: str = ""
    spared: bool = False

    @property
    def over(self) -> bool:
        """Nothing more of the greeting is to be waited for."""
        return self.state in (Said.PLAYED, Said.CUT, Said.UNPROVEN)

    @property
    def heard(self) -> bool:
        """The callee heard it to its end, or enough of it to interrupt."""
        return self.state in (Said.PLAYED, Said.CUT)

    @property
    def finished(self) -> bool:
        """The model has ended it and every mark of it is back."""
        return self.ended and not self.pending and self.state is Said.PLAYING

    def asked(self, session: int, ref: str) -> Greeting:
        """Asked for in a session; what an earlier session made of it is forgotten."""
        return replace(Greeting(spared=self.spared), state=Said.ASKED, session=session, ref=ref)
