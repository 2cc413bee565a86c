"""Whether a call would work, found out before the phone rings. Knows nothing of screens, or of where settings stand.

subject     what is examined: handed in whole, nothing is read from the environment
finding     what a check says
room        what checks find in common: the network, the port that is listened on, what others learnt
examining   runs the checks, all at once, each within its own time
table       every check, in the order in which it is read
"""
