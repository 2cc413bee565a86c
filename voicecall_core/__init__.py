"""Places phone calls for AI voice agents: one pure judge, and doors to two strangers around it.

    errors, clips        the ground: whose fault an error is, shipped voices
    wire                 HTTP and WebSockets over byte streams, on sockets or in memory
    words                events (what happened), orders (what must be done), terms (what was agreed)
    judgement            `step(call, event) -> call, verdicts, orders`: pure; the guard on a call's TwiML lives here
    carriers, models     the two strangers, each behind a Protocol (base) and translated in a package of its own
    bridge, listener, tunnel, addresses      doors: audio both ways, the port, the way back to it, the URLs
    journal, replay, diagnosis, imports      memory: what is written of a call, and read again
    session, switchboard, exchange           conduct: one call, all calls, the place they are made from
    simulator, doctor    worlds: the built-in carrier and model, and the checks before a call

An event travels: the listener reads a request, the switchboard checks its signature and makes it an event,
`Session.tell` steps the call, the journal writes the line, the orders are carried out, and what comes of them returns
as events.
"""
