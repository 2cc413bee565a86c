"""What is seen: each view a pure function of the call's state, a few gauges, and what somebody chose to look at.

drawable      whether a terminal can show it
text          words of others made harmless, figures as people read them
palette       what each thing is coloured, and from when on a wait is slow
gauges        what only a live call has
header        who is called, how far it is, and the call's clock: the first line
glance        who speaks and since when, whether it is well: the second and the third line
strip         the last half minute in one line
waterfall     the handshake, as bars
conversation  what was said, as the callee heard it
blocked       what the guard kept out, and what that saved
verdicts      the guard's decisions, broken laws, notes
footer        cost, gauges, keys: the last lines
pages         what a key opens in place of the middle
history       the steps that the ladder is drawn of
screen        all of these on one screen
keys          what is typed
live          the screen while the call lasts, line by line
player        the same screen for a recorded call, forwards and back
guest         the stream that it is written to
ladder        a call as phone engineers draw one
lines         one line per event, where there is no screen
summary       what is left to say at the end
diagnosis     what went wrong
comparison, proof, check_list  what the other commands show
"""
