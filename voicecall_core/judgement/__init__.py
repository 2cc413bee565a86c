"""The quiet heart: what a call is, and what each event makes of it.

call           all of it together, and `step`
books          what is known of one call, and the sheet on which one step is written
phase          where the call is, as a timetable
rulings        the guard's table of askers and states
guard          who may write the call's document
placing        create, its answers, the look-up
carrier        callbacks and status checks
writing        what is written by REST, and the answers
stream         fetches and media sockets
model          the sessions with the realtime model, as a state
sessions       how they are opened, reopened and lost
apology        what is said when the model is dead
greeting       what the callee must hear undisturbed, as a state
hush           its clock
turns          who may speak, as a state
asking         which sentence is asked for next
responses      what the model's responses make of the call
interruption   what the callee's speech makes of it
farewell       the agent's own goodbye
playback       how much the callee has heard
transcript     what was said
closing        how a call is brought to its end
ending         why and how a call ends, as a table
tombstone      what remains of a call that is over
timing         when each thing happened first
laws           what must hold after every step
"""
