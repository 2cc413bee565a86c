"""The quick run of the proof, before a call: the steps that need one form, one upgrade and one frame."""

from __future__ import annotations

import anyio

from voicecall_core.errors import SettingsError
from voicecall_core.tunnel import faults
from voicecall_core.tunnel.media import frames, upgrade, upgrade_signature
from voicecall_core.tunnel.proof import Proof, Step
from voicecall_core.tunnel.webhook import answer, form, path, signature, webhook
from voicecall_core.words.checks import CheckResult, critical

PROVE_WITHIN_S = 10.0  # a tunnel that takes longer would fail the carrier's 15 s as well
QUICK: tuple[Step, ...] = (webhook, path, form, signature, answer, upgrade, upgrade_signature, frames)


async def prove(proof: Proof) -> None:
    """Raise SettingsError in words unless a form and a media socket come back to this process through the public URL.

    The words name the error that the carrier would have reported of a call.
    """
    with anyio.move_on_after(PROVE_WITHIN_S) as waiting:
        try:
            for step in QUICK:
                if not (said := await step(proof)).passed:
                    raise _fault(proof, said)
        finally:
            if proof.socket is not None:
                await proof.socket.close()
    if waiting.cancelled_caught:
        late = f"nothing came back within {PROVE_WITHIN_S:.0f} s"
        raise _fault(proof, critical(late, "", error=faults.HTTP, fix="Is the tunnel running?"))


def _fault(proof: Proof, said: CheckResult) -> SettingsError:
    would = f"{proof.requests.carrier} would report {said.error}"
    message = f"The public URL {proof.base} does not lead back here: {said.found}. {would}."
    return SettingsError(message, setting="VOICECALL_PUBLIC_URL", fix=said.fix)
