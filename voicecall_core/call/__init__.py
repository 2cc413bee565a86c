"""The quiet heart: what a call is, and what each event makes of it.

step            all of it together: one event in, the next call and its orders out
state           what is known of one call, and the sheet on which one step is written
phase           where the call is, as a timetable
guard_table     the guard's table of askers and states
guard           who may write the call's document
placing         create, its answers, the look-up
callbacks       callbacks and status checks
rest_writes     what is written by REST, and the answers
media_stream    fetches and media sockets
model_link      the sessions with the realtime model, as a table
model_sessions  how they are opened, reopened and lost
conversation    who has the floor, what is asked of the model and what is owed to the callee, as a table
floor           how an input meets that table
turn_taking     what the conversation's events are to it
agent_speech    what the agent says
barge_in        what the callee says
patience        the clock that runs while something is owed and nothing sounds
transcript      what was said
hearing         what was to be heard, and how much of it was
listening       how a step changes that
as_heard        the conversation as the callee heard it, for people
health          what is wrong with a call, since when and until when
troubles        how that is seen in its state
closing         how a call is brought to its end
endings         why and how a call ends, as a table
tombstone       what remains of a call that is over
timing          when each thing happened first
invariants      what must hold after every step
progress        what has to go on after every step
"""
