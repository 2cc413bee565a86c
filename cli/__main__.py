"""`python -m cli`, from a clone, is `voicecall`."""

from voicecall_cli.main import run

run()
