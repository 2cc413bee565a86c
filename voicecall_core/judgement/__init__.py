"""The quiet heart: what a call is, and what each event makes of it.

phase      where the call is, as a timetable
guard      who may write the call's document, as a table of askers and states
greeting   what the callee must hear undisturbed: greeting and farewell
turns      who may speak: one response at a time
playback   how much the callee has heard
model      the sessions with the realtime model
carrier    what the carrier's answers and webhooks make of the call
stream     what the media sockets make of the call
ending     why and how a call ends, as a table
timing     when each thing happened first
call       all of these together, and `step`
laws       what must hold after every step
"""
