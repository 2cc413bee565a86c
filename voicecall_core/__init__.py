"""Places phone calls for AI voice agents: one pure judge, and doors to a carrier and a model around it.

    async with open_simulator() as accounts, open_dialer(accounts) as dialer:
        record = await place_call(dialer, "+15555550100")
    print(record.outcome, diagnose(record).rule)

What is in `__all__` is for everybody's programs, and is imported when it is first asked for. Whatever goes wrong leaves
as one of the classes in errors.

    errors, audio, masking, clips      the ground: whose fault an error is, G.711, numbers and secrets, shipped voices
    whole_file, fictional              the ground: a file written in one piece; numbers that nobody has
    greetings, guardian, ledger        what outlives a call: its greeting, who hangs it up, that it was asked for
    net                                HTTP and WebSockets over byte streams, on sockets or in memory
    words, numbering                   events (what happened), orders (what must be done), terms; who may be called
    call                               `step(call, event)`: pure; the guard on a call's TwiML lives here
    checker                            the state machine checked: every order of events searched
    carriers, models                   each behind a Protocol (base), translated in a package of its own
    agents                             an agent as a file: its keys, its variables
    accounts, addresses, admission     keys and addresses of both; the URLs of a call; what outsiders may take
    listener, media, tunnel            doors: the port, audio both ways, the public path to it
    callfile, importers, diagnosis     memory: what is written of a call, or of anybody's, and what went wrong
    session, switchboard, server       runtime: one call, all calls, the port they are reached at
    simulator, doctor                  worlds: the built-in carrier and model, and the checks before a call
    records, simulation, dialer, calling     the front door: everything above, put together in one place
    archive                            the folder of call files: its rows, which call is meant, what may be thrown away
    rehearsal                          one's own agent rehearsed: files, the judge of their calls, a clock that jumps

An event travels: the listener reads a request, the switchboard checks its signature and makes it an event,
`Session.tell` steps the call, the call file gets its line, the orders are carried out, and what comes of them returns
as events.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which takes longer to import than all of this file
if TYPE_CHECKING:
    from voicecall_core.accounts import Accounts, CarrierAccount, ModelAccount
    from voicecall_core.calling import CallDraft, CallOptions, OutgoingCall, draft_call, place_call
    from voicecall_core.dialer import Dialer, open_dialer
    from voicecall_core.errors import CallFileError, CarrierError, ModelError, PeerError, SettingsError, VoicecallError
    from voicecall_core.records import CallRecord, diagnose, read_call
    from voicecall_core.simulation import Simulator, open_simulated_carrier, open_simulated_model, open_simulator
    from voicecall_core.words.numbers import PhoneNumber


_HOMES = {
    "accounts": ("Accounts", "CarrierAccount", "ModelAccount"),
    "records": ("CallRecord", "diagnose", "read_call"),
    "calling": ("CallDraft", "CallOptions", "OutgoingCall", "draft_call", "place_call"),
    "dialer": ("Dialer", "open_dialer"),
    "errors": ("CallFileError", "CarrierError", "ModelError", "PeerError", "SettingsError", "VoicecallError"),
    "simulation": ("Simulator", "open_simulated_carrier", "open_simulated_model", "open_simulator"),
    "words.numbers": ("PhoneNumber",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Accounts",
    "CallDraft",
    "CallFileError",
    "CallOptions",
    "CallRecord",
    "CarrierAccount",
    "CarrierError",
    "Dialer",
    "ModelAccount",
    "ModelError",
    "OutgoingCall",
    "PeerError",
    "PhoneNumber",
    "SettingsError",
    "Simulator",
    "VoicecallError",
    "diagnose",
    "draft_call",
    "open_dialer",
    "open_simulated_carrier",
    "open_simulated_model",
    "open_simulator",
    "place_call",
    "read_call",
]


def __getattr__(name: str) -> object:
    """Import what the front door offers when it is first asked for: little is imported where little is needed."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
