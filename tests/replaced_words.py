"""Words of this program's own that were replaced by the field's or by plain ones, and where one could still read them.

A left side is a pattern; the right side is what is written today.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from typer.main import get_group

from voicecall_cli.main import app

ROOT = Path(__file__).resolve().parent.parent

REPLACED = {
    r"document-is-the-streams": "stream-owns-document",
    r"document-is-said": "message-owns-document",
    r"token-spent": "first-start",
    r"token-fits": "token-valid",
    r"nothing-left-to-say": "no-document-due",
    r"apology-for-the-lost": "apology-without-model",
    r"nobody-to-apologise-to": "nobody-answered-yet",
    r"nothing-live-to-overwrite": "no-live-stream",
    r"knocked-in-vain": "rejected-meanwhile",
    r"passers-by": "scanner-noise",
    r"\bmint(?:ed|ing|s)?\b": "new; created; from the beginning on",
    r"\blet(?:ting|s)? (?:\w+ )?in\b": "accepted",
    r"(?<![a-z])strangers?(?![a-z])": "outsider; the other side; a request without the carrier's signature",
    r"\bfloors? of\b": "layers",
    r"\bmuseum\b(?!-$)": "failures met in the field",
    r"\bnonsense\b": "unusable; a malformed answer",
    r"\b[Aa]sks? to be\b": "asks for",
    r"\ba say document\b": "a <Say> document",
    r"\blaws? \d+ broken": "invariant broken",
    r"\b[Bb]elts\b": "safety limits",
    r"\b[Tt]he way there and back\b": "public URL and tunnel",
    r"\bnever left\b": "none was sent",
    r"\bits words are not known\b": "not transcribed",
    r"\blongest silence\b": "longest wait",
    r"\bfrom being killed\b": "what is to be done about the call itself",
}


def shown_texts() -> Iterator[tuple[str, str]]:
    """Everything that somebody who uses the program can read, each with its place.

    The texts in the code are taken whether or not a screen shows them: which of them are shown is nothing that can be
    told by looking. Docstrings (a command's help aside) and comments are for those who write the program,
    and CHANGELOG.md tells of old names.
    """
    for name, command in get_group(app).commands.items():
        yield f"voicecall {name} --help", command.help or ""
    for page in (ROOT / "README.md", ROOT / ".env.example", *sorted((ROOT / "docs").glob("*.md"))):
        for number, text in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{page.relative_to(ROOT)}:{number}", text
    for folder in ("cli", "voicecall_core"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line, text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                yield f"{path.relative_to(ROOT)}:{line}", text


def private_words() -> Iterator[str]:
    """Each place where a replaced word is still read, with what is to be written there."""
    for place, text in shown_texts():
        if place.startswith(("voicecall_core/callfile/migrations.py", "voicecall_core/importers/")):
            continue  # the names of old call files, and the words of other programs
        for old, new in REPLACED.items():
            if found := re.search(old, text):
                yield f"{place}: {found[0]!r} (write: {new}): {text.strip()[:100]}"


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value
