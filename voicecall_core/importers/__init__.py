"""Other people's logs as calls, diagnosed like our own as far as a log tells.

lines, stamps, log_kinds       a file as lines; clock stamps on one line of seconds; which kind of log a file is
log_line                       one line taken apart: its stamp, the names on it, what it says
records, reading               lines put together into records; what a record says, and on which of its lines
carrier_messages, requests     forms, TwiML, stream messages and requests inside log lines
json_objects, inspected        JSON inside lines, and objects as Python and Node print them
concepts                       what a line can tell, and the facts that this makes
formats                        a program's sentences as files: read, checked, matched; the built-in ones
wording, phrases               words made alike, denied, refused or considered; free sentences and their concepts
snapshots, own_lines           OpenClaw's calls.jsonl; what dial --plain printed
twilio_records, twilio_sayings Twilio's own records as objects; what they say of a call
log_facts, correlation         what was found, and which call it belongs to
imported_calls, unknowns       a call as an incomplete record with its diagnosis; what its log does not tell
verdict, meanings              found, not there or cannot tell; what the log itself says failed, and what that means
places, joined                 in which file a line stands; what several logs tell of one call
whole_log, report              all calls of a log, in bounded memory; told in sentences
"""
