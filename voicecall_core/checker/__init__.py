"""The model checker: every order in which things can happen to a call, searched with the call's own `step`.

search           states, moves, equal ones merged, the shortest way to each, how many ways there are
product          one call and everybody around it as one system of states
reduction        what of a state may be forgotten
carrier          the carrier as a state
carrier_moves    what it may do next
environment      everybody else, and who may move
standard_walks   which walks are the proof
talk             everybody around a conversation, as a state
talk_moves       what they may do next
trace            a way through states told in full
proof            the laws, proved over every order
causality        which recorded events may come before which
interleavings    every order in which they could have come
trace_fitting    the carrier's state fitted to what was recorded
counterfactual   what the other policy would have done, up to the first write that differs
nominal_course   the ordinary course of things from there
outcomes         the likeliest of its orders, and all of them
"""
