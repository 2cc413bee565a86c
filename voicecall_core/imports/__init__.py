"""Other people's logs as calls, diagnosed like our own as far as a log tells.

facts       what was found in a log: events of ours, and what has no event of ours
lines       a file as lines: colours, line ends, bytes that are no text
stamps      clock stamps of every common form on one line of seconds
kinds       which kind of log a file is
threads     which call a line speaks of
messages    the carrier's and the model's own messages inside log lines
forms       the carrier's forms inside log lines
naming      the names of calls on a line
objects     JSON objects inside lines
documents   TwiML inside log lines
phrases     sentences of the OpenClaw voice-call plugin
requests    access lines and requests, and what they stand for
snapshots   OpenClaw's calls.jsonl
logline     one line taken apart, and what it says
imported    a whole log, line by line, in bounded memory
unknown     what a log does not tell, in words
steps       facts as events and orders, and what each rests on
recorded    an imported call as an incomplete record, and its diagnosis
story       a whole log told: calls, what was skipped
telling     a story as sentences
"""
