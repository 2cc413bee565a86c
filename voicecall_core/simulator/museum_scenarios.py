"""Failures met in the field as scenarios, named after their number in the museum. Knows nothing of who places them.

Only what strangers and callees do can be a scenario here; what a program itself does wrong is shown by call files
(docs/diagnosis.md says which). What must come of each is what this program makes of it, and with the naive policy.
"""

from __future__ import annotations

from collections.abc import Mapping

from voicecall_core.simulator.museum_carriers import CALLEES, CARRIERS
from voicecall_core.simulator.museum_models import MODELS
from voicecall_core.simulator.scenario import Scenario

MUSEUM: Mapping[str, Scenario] = {scenario.name: scenario for scenario in (*CARRIERS, *CALLEES, *MODELS)}
