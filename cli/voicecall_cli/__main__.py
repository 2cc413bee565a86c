"""`python -m voicecall_cli` is `voicecall`. Knows nothing else."""

from __future__ import annotations

from voicecall_cli.main import run

if __name__ == "__main__":
    run()
