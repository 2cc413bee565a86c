"""Who may speak: one response at a time. Knows nothing of sound.

A response that we want is queued until the model is idle, as it refuses a second one while one runs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turns:
    """`active`: the response that runs. `asked`: our name for a response asked for and not yet begun.
    `asking`: the sentence that was asked for with it, until it has been said.

    `wanted`: sentences the agent is still to be asked for ("" for an answer of its own choice). `owed`: the callee's
    turn was committed and no response to it has ended. `speaking`: the callee speaks. `items`: the agent's items not
    wholly played, as (item, response). `orphans`: those among them whose session is lost, which no other session knows.
    `count` numbers our requests.
    """

    active: str = ""
    asked: str = ""
    asking: str = ""
    wanted: tuple[str, ...] = ()
    owed: bool = False
    speaking: bool = False
    items: tuple[tuple[str, str], ...] = ()
    orphans: frozenset[str] = frozenset()
    count: int = 0
    failed: int = 0
    bounced: int = 0

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing of ours is on its way."""
        return not self.active and not self.asked
