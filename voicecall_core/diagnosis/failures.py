"""The failures met in the field, by number, and why some of them have no rule.

Numbers 1 to 64 are telephony, M1 to M40 the model's side, S1 to S17 were met on this program. What each one is stands
in docs/failures.md.
"""

from __future__ import annotations

from collections.abc import Mapping

NUMBERS = (*(str(n) for n in range(1, 65)), *(f"M{n}" for n in range(1, 41)), *(f"S{n}" for n in range(1, 18)))

_BEFORE = "it happens before there is a call: `dial` and `doctor` say it, no call file tells of it"
_NO_MEMORY = "no call outlives its process here: nothing is restored at a start"
_SOUND = "single frames are not in a call file (audio is not journalled); pace and gauges have their tests"
_INBOUND = "a matter of calls that come in; this program only dials"
_OTHER = "another provider's model"

# Those that no rule recognises, each with its reason.
WHY_NOT: Mapping[str, str] = {
    "11": f"a port that is taken: {_BEFORE}",
    "13": _NO_MEMORY,
    "28": "a repeated webhook is judged like the first and changes nothing, so that there is no replay key to lose",
    "29": "no document of this program gathers digits or speech",
    "39": _SOUND,
    "40": _SOUND,
    "48": "sockets that never start and frames that are too large are turned away at the door, before there is a call",
    "54": _INBOUND,
    "55": "a call that this program did not place is answered at the door (204, or hang-up) and enters no record",
    "58": "nothing is reloaded; law 8 says that a call which is over holds no socket and no session",
    "60": "a call that is over is its file, which replay reads",
    "61": f"there are no plugins whose order could be wrong: {_BEFORE}",
    "62": _INBOUND,
    "M15": "a session's audio format stands in its set-up, not in a call file; the set-up is tested by its bytes",
    "M16": "as M15: the format that the model confirmed is not in a call file",
    "M17": _SOUND,
    "M34": "one call, one record: two calls share no state here, and a call file holds one call",
    "M36": "the callee's voice before the model is ready is counted by a gauge; law 14 says that none is lost",
    "M37": f"{_OTHER}, and error texts are not read here",
    "M38": _OTHER,
    "M39": _OTHER,
    "M40": _OTHER,
    "S2": "responses are not counted by turn: two for one turn look like the answers to two",
    "S12": "a call file holds one call: whose a SID is, it cannot tell",
    "S13": "a file that ends before the answer cannot tell whether the hang-up arrived",
    "S14": _SOUND,
    "S16": "media timestamps are not in a call file",
    "S17": "sockets that ask in are journalled one by one, and no rule counts them",
}
