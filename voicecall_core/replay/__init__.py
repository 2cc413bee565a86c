"""Call files, read again and judged again. Knows nothing of how they are shown.

lines       bytes as numbered lines
migrations  old formats as today's
words       one JSON line as a header or a step
reading     a call file from its first line to its last
judging     every step through today's judge, beside what was recorded
led         the explorer's carrier, led along what was recorded
otherwise   what the other policy would have done, up to the first write that differs
course      the carrier model's ordinary course from there
aftermath   the likeliest of its orders, and all of them
channels    who acts, and what each of them must wait for
orders      every order in which the recorded events could have come
keeping     a call as a test
"""
