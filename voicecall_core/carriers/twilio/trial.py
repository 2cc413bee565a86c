"""What a trial account will not do with a call, told before it rings. Knows no way to place one.

Source: Twilio, docs/usage/trials/try-out-voice. The message and the key press are of older trials; that they still come
is only said by third parties.
"""

from __future__ import annotations

from voicecall_core.carriers.twilio.account import AccountState, TwilioAccount
from voicecall_core.errors import CarrierError
from voicecall_core.words.numbers import PhoneNumber

NO_STREAM = 'instead of the agent the callee hears "The Stream verb is not available on trial accounts"'
A_MESSAGE = "the callee may hear a message of Twilio's first, and have to press a key"


async def hindrances(
    account: TwilioAccount, state: AccountState, callee: PhoneNumber | None, *, streams: bool = True
) -> tuple[str, ...]:
    """What of a call to `callee` will not work; nothing for an account that is no trial.

    `streams` is false for an announcement, which needs no stream.
    """
    if state.kind != "Trial":
        return ()
    found = [NO_STREAM] if streams else []
    if callee is not None and not await _may_be_called(account, callee):
        found.append(f"{callee} is not verified, and will not be called (21219)")
    return (*found, A_MESSAGE)


async def _may_be_called(account: TwilioAccount, callee: PhoneNumber) -> bool:
    try:
        known = await account.caller_id(callee.e164)
    except CarrierError:
        return True  # not known; nothing is said of it
    return known.owned or known.verified
