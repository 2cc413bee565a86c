"""What is seen: each view a pure function of the call's state.

plain       words of others, made harmless
figures     numbers as people read them
palette     what each thing is coloured
gauges      what only a live call has
header      who is called, and how far it is
verdicts    the guard's decisions
waterfall   the handshake, as bars
transcript  what was said
alarms      broken laws and notes
footer      cost, gauges, keys
screen      all of these on one screen
painter     a screen on a terminal, line by line
lines       one line per event, where there is no screen
summary     what is left to say at the end
keys        what the operator types
live        the screen while the call lasts
"""
