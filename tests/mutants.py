"""Changes the state machine and the bridge in one small place at a time, and counts what their tests let through.

`python -m tests.mutants` draws evenly from all changes, and exits with 1 if fewer than 95 % are caught; `--offset`,
from 0 to 1, says which are drawn: another one is another sample.
A change lives in a process of its own, forked from one that has loaded everything that does not depend on it.
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import settings

from tests.mutant_tests import LOADED, PYTEST, SURVIVORS, TESTS, UNMET

ROOT = Path(__file__).parent.parent
CORE = "voicecall_core"
MANY = 200
FLOOR = 0.95
TIME_S = 240  # for a loop that no test's own limit ends
OFFSET = 0.5  # of a stride: which of the changes are drawn


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one source: bytes `start` to `end` become `after`. `place` is the function or the row."""

    source: str
    line: int
    place: str
    before: str
    after: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """What it is called in `SURVIVORS`; stays when lines move."""
        return f"{self.source} {self.place}: {_short(self.before)} -> {_short(self.after)}"

    @property
    def module(self) -> str:
        return _module(self.source)

    @property
    def path(self) -> Path:
        return ROOT / CORE / self.source

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that are named for it, in the order in which they run."""
        return TESTS[self.source]

    def applied(self) -> bytes:
        """The source with the change in it."""
        content = self.path.read_bytes()
        return content[: self.start] + self.after.encode() + content[self.end :]


def _module(source: str) -> str:
    return f"{CORE}.{source.removesuffix('.py').replace('/', '.')}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."


# --- tables --------------------------------------------------------------------------------------------------------

_ROW = re.compile(rb'^    \w+\.(\w+): +"([^"]*)",$', re.MULTILINE)
_RULING = re.compile(rb'^    "(\S+)": Cell\(\s*_U\.(\w+),', re.MULTILINE)
# What stands for "nothing is done" or "refused", and what for a cell that says itself that it cannot happen.
_NOTHING = {"call/conversation.py": ".", "call/model_link.py": ".", "call/guard_table.py": "ending"}
_IMPOSSIBLE = "-"


def cells(source: str, content: bytes) -> Iterator[Mutant]:
    """Each cell of a table's rows turned into its neighbour, and into nothing or a refusal."""
    answers = {name.decode(): answer for name, answer in _RULING.findall(content)}  # the same: they differ in words

    def differs(one: str, other: str) -> bool:
        return one != other and answers.get(one, one) != answers.get(other, other)

    for row in _ROW.finditer(content, content.index(b"_ROWS: ")):
        asker = row.group(1).decode()
        unmet, _ = UNMET.get(source, {}).get(asker, ((), ""))
        spans = [(m.start() + row.start(2), m.end() + row.start(2)) for m in re.finditer(rb"\S+", row.group(2))]
        names = [content[start:end].decode() for start, end in spans]
        for column, (name, (start, end)) in enumerate(zip(names, spans, strict=True)):
            if name == _IMPOSSIBLE or column + 1 in unmet:
                continue
            around = [n for n in (*names[column + 1 :], *names[:column][::-1]) if n != _IMPOSSIBLE and differs(n, name)]
            for after in dict.fromkeys((*around[:1], _NOTHING[source])):
                if differs(after, name):
                    place = f"{asker}, column {column + 1}"
                    yield Mutant(source, content.count(b"\n", 0, start) + 1, place, name, after, start, end)


# --- code ----------------------------------------------------------------------------------------------------------

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOADING = ("_table", "does")  # run when the program starts, which it would not


def changes(source: str, content: bytes) -> Iterator[Mutant]:
    """Each comparison flipped, `and` for `or`, number changed, truth turned, call left out, function left early."""
    lines = [0]
    for line in content.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))

    def walk(node: ast.AST, place: str) -> Iterator[Mutant]:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            place = f"{place}.{node.name}".removeprefix("module.")
        for target, after in _replacements(node):
            start = lines[target.lineno - 1] + target.col_offset
            end = lines[(target.end_lineno or 0) - 1] + (target.end_col_offset or 0)
            yield Mutant(source, target.lineno, place, content[start:end].decode(), after, start, end)
        decorators = node.decorator_list if isinstance(node, ast.ClassDef) else []  # how it is stored, not what it does
        for child in ast.iter_child_nodes(node):
            if child not in decorators and not isinstance(child, ast.Assert):
                yield from walk(child, place)

    yield from walk(ast.parse(content), "module")


def _replacements(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _FLIPPED:
            flipped = ast.Compare(node.left, [_FLIPPED[type(op)]()], node.comparators)
            yield node, f"({ast.unparse(flipped)})"
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield node, f"({ast.unparse(ast.BoolOp(other, node.values))})"
        case ast.UnaryOp(op=ast.Not()):
            yield node, f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool(truth)):
            yield node, str(not truth)
        case ast.Constant(value=int() | float() as number):
            yield node, str(number + 1)
        case ast.Expr(value=ast.Call() | ast.Await()) if node.col_offset:
            yield node, "pass"
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name not in _LOADING:
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body and ast.unparse(body[0]) not in ("...", "pass", "return None", "return"):
                yield body[0], "return None"


def of(source: str) -> list[Mutant]:
    """All changes of a source, in its order."""
    content = (ROOT / CORE / source).read_bytes()
    made = [*changes(source, content), *(cells(source, content) if source in _NOTHING else ())]
    return _named_apart(sorted(made, key=lambda m: (m.start, m.end, m.after)))


def _named_apart(mutants: Sequence[Mutant]) -> list[Mutant]:
    """Of changes that read alike in one place the later ones are numbered."""
    seen: Counter[str] = Counter()
    apart = []
    for mutant in mutants:
        seen[mutant.name] += 1
        nth = seen[mutant.name]
        apart.append(mutant if nth == 1 else replace(mutant, place=f"{mutant.place} ({nth})"))
    return apart


def drawn(many: int, offset: float = OFFSET) -> list[Mutant]:
    """So many of all changes, at even distances; the same ones each time."""
    every = [mutant for source in TESTS for mutant in of(source)]
    stride = max(1.0, len(every) / many)
    return [every[int((each + offset) * stride)] for each in range(min(many, len(every)))]


# --- running -------------------------------------------------------------------------------------------------------


class _Change(SourceFileLoader):
    """Loads a module with its change."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutant.applied(), self._mutant.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Has one module loaded by `_Change`."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        return spec_from_file_location(fullname, self._mutant.path, loader=_Change(self._mutant))


def _pytest(tests: Sequence[str], mutant: Mutant | None) -> tuple[int, str]:
    """Run these tests in a forked process; pytest's exit code and what it said."""
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            code = 70
            try:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(TIME_S)
                if mutant is not None:
                    sys.meta_path.insert(0, _Finder(mutant))
                code = int(pytest.main([*PYTEST, *tests]))
            finally:
                sys.stdout.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        return os.waitstatus_to_exitcode(status), said.read().decode(errors="replace")


def caught(tests: Sequence[str], mutant: Mutant | None = None) -> bool:
    """Whether one of these tests fails. Anything else than that, and all of them passing, is the end of the run."""
    code, said = _pytest(tests, mutant)
    if code == -signal.SIGALRM:
        return True
    if code not in (0, 1):
        raise SystemExit(f"pytest ended with {code}, {mutant.name if mutant else 'without a change'}\n{said}")
    return code == 1


def load() -> None:
    """Load what no change can reach, once for all."""
    for module in LOADED:
        import_module(module)
    settings.register_profile("mutants", derandomize=True, database=None)
    settings.load_profile("mutants")
    early = {_module(source) for source in TESTS} & set(sys.modules)
    assert not early, f"would be run without its change: {early}"
    gc.collect()
    gc.freeze()


def survivors(mutants: Sequence[Mutant], *, proven: bool) -> list[Mutant]:
    """Those of them that no test notices. The tests have to pass without a change: is that `proven` elsewhere?"""
    with tempfile.TemporaryDirectory() as compiled:
        sys.pycache_prefix, sys.dont_write_bytecode = compiled, False  # compiled once, and left nowhere
        load()
        suites = [] if proven else list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        if suites and caught(suites):
            raise SystemExit(f"red without any change\n{_pytest(suites, None)[1]}")
        return _survivors(mutants)


def _survivors(mutants: Sequence[Mutant]) -> list[Mutant]:
    left = []
    for number, mutant in enumerate(mutants, 1):
        began = time.perf_counter()
        found = caught(mutant.tests, mutant)
        if not found:
            left.append(mutant)
        word = "caught  " if found else "known   " if mutant.name in SURVIVORS else "SURVIVED"
        took = time.perf_counter() - began
        print(f"{number:4}/{len(mutants)} {took:5.1f} s  {word}  {mutant.name}  (line {mutant.line})", flush=True)
    return left


def main() -> int:
    """Print each verdict and the sum of them; 0 if enough were caught."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--offset", type=float, default=OFFSET)
    parser.add_argument("--proven", action="store_true", help="the tests are known to pass without a change")
    asked = parser.parse_args()
    mutants = drawn(asked.many, asked.offset)
    left = survivors(mutants, proven=asked.proven)
    known = [mutant for mutant in left if mutant.name in SURVIVORS]
    for mutant in known:
        print(f"  {mutant.name}\n    survives: {SURVIVORS[mutant.name]}")
    found = len(mutants) - len(left)
    share = found / (len(mutants) - len(known))
    print(f"{found} of {len(mutants)} caught, {len(known)} survive for a known reason: {share:.1%} of the rest")
    return 0 if share >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
