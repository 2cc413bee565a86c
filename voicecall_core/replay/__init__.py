"""Call files, read again and judged again. Knows nothing of how they are shown.

lines       bytes as numbered lines
migrations  old formats as today's
words       one JSON line as a header or a step
reading     a call file from its first line to its last
judging     every step through today's judge, beside what was recorded
keeping     a call as a test
"""
