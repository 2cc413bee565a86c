"""A call as a state machine: what it is, and what each event makes of it.

state            what is known of one call, and the context in which one step is judged
step             `step`: what each event makes of a call
phase, timing    where it is in its life; when each thing happened first
guard            who may write the call's document, by guard_table's askers and states
placing          create, its answers, the look-up
callbacks        status callbacks and status checks
rest_writes      what is written by REST, and the answers
media_stream     fetches and media sockets
model_sessions   how sessions with the model are opened, reopened and lost
greeting_timers  how long the greeting's next step may take
response_queue   which sentence is asked for next
responses        what the model's responses make of the call
barge_in         what the callee's speech makes of it
farewell         the agent's own goodbye
transcript       what was said
closing          how a call is brought to its end, by the table of endings
tombstone        what remains of a call that is over
invariants       what must hold after every step
"""
