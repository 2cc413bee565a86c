"""A Python file's public functions as tools: what they are for from the docstring, what they take from the signature.

The file is code, and is run by loading it: nobody does so but whoever was given its name.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

import anyio

from voicecall_core.errors import SettingsError
from voicecall_core.masking import fit_to_show
from voicecall_core.tools.base import END_CALL, ToolFailed, Tools
from voicecall_core.tools.docstrings import described
from voicecall_core.tools.signatures import Unsupported, as_python, schema_of
from voicecall_core.tools.threads import Crowded, DaemonThreads
from voicecall_core.words.terms import TOOL_TIMEOUT_S, ToolSpec

SETTING = "VOICECALL_TOOLS"
LONGEST_S = 600.0  # for which a tool may run
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # the model's own rule
_RESERVED = "The model has a tool of that name already: it hangs up. Rename the function."


@dataclass(frozen=True, slots=True)
class PythonTool:
    """One function; a coroutine runs in an event loop of its own, so that nothing it does stops the call's."""

    spec: ToolSpec
    timeout_s: float
    function: Callable[..., Any]
    hints: Mapping[str, Any]
    threads: DaemonThreads = field(default_factory=DaemonThreads)

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """Call it with what the model gave. Raises what it raises."""
        given = {name: as_python(self.hints[name], value) for name, value in arguments.items()}
        try:
            return await self.threads.run(partial(_called, self.function, given), f"tool {self.spec.name}")
        except Crowded:
            raise ToolFailed("the tool is busy", "its earlier runs have not ended") from None


def _called(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    value = function(**given)
    return anyio.run(_awaited, value, backend="asyncio") if inspect.isawaitable(value) else value


async def _awaited(value: Any) -> Any:
    return await value


def load_tools(path: Path) -> Tools:
    """The tools in a file of Python. Raises SettingsError, with file and line, for one that cannot be used."""
    module = _loaded(path)
    functions = [
        each
        for name, each in vars(module).items()
        if inspect.isfunction(each) and each.__module__ == module.__name__ and not name.startswith("_")
    ]
    if not functions:
        raise SettingsError(
            f"{path.name} has no tools: a tool is a function whose name does not begin with _.",
            setting=SETTING,
            fix="Write one with type hints and a docstring that says what it is for.",
        )
    return Tools([_tool(path, each) for each in functions])


# --- the file ----------------------------------------------------------------------------------------------------


def _loaded(path: Path) -> ModuleType:
    """The file's module. What it prints goes to standard error: the other one is the program's."""
    name = f"voicecall_tools_{re.sub(r'[^a-zA-Z0-9_]', '_', path.stem)}"
    spec = spec_from_file_location(name, path.resolve()) if path.suffix == ".py" else None
    if spec is None or spec.loader is None or not path.is_file():
        raise SettingsError(f"{path} is no Python file.", setting=SETTING, fix="Give the path of a file FILE.py.")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # what lies beside it can be imported; behind all others, so that it hides none
    module = module_from_spec(spec)
    module.__dict__["print"] = partial(print, file=sys.stderr)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it is somebody's program: it may also want to exit
        del sys.modules[name]
        raise _broken(path, error) from None
    return module


def _broken(path: Path, error: BaseException) -> SettingsError:
    if isinstance(error, SyntaxError) and error.filename == str(path.resolve()):
        line, what = error.lineno or 0, error.msg
    else:
        lines = [each.lineno for each in extract_tb(error.__traceback__) if each.filename == str(path.resolve())]
        line, what = (lines[-1] if lines else 0) or 0, f"{type(error).__name__}: {error}"
    return _wrong(path, line, f"it cannot be loaded: {fit_to_show(what)}", "")


def _wrong(path: Path, line: int, what: str, fix: str) -> SettingsError:
    place = f"{path.name}: line {line}" if line else path.name
    return SettingsError(f"{place}: {what.rstrip('.')}.", setting=SETTING, fix=fix)


# --- one function ------------------------------------------------------------------------------------------------


def _tool(path: Path, function: Callable[..., Any]) -> PythonTool:
    inner = inspect.unwrap(function)
    wrong = partial(_wrong, path, inner.__code__.co_firstlineno)
    name = function.__name__
    if name == END_CALL or not _NAME.fullmatch(name):
        fix = _RESERVED if name == END_CALL else "Use at most 64 of a-z, A-Z, 0-9 and _."
        raise wrong(f"{name} is no name for a tool", fix)
    about, arguments = described(inspect.getdoc(function) or "")
    if not about:
        raise wrong(
            f"{name} has no docstring, so that the model would not know what it is for",
            f"Write one, or rename the function to _{name} if it is no tool.",
        )
    try:
        hints = inspect.get_annotations(inner, eval_str=True)
        parameters = schema_of(inspect.signature(inner), hints, arguments)
    except Unsupported as unsupported:
        raise wrong(f"{name}: {unsupported}", unsupported.fix) from None
    except Exception as error:  # a hint is any expression
        raise wrong(f"the type hints of {name} cannot be read: {type(error).__name__}: {error}", "") from None
    return PythonTool(ToolSpec(name, about, parameters), _timeout(function, wrong), function, hints)


def _timeout(function: Callable[..., Any], wrong: Callable[[str, str], SettingsError]) -> float:
    """How long it may run: 15 s, or what its attribute `timeout_s` says."""
    seconds = getattr(function, "timeout_s", TOOL_TIMEOUT_S)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0.1 <= seconds <= LONGEST_S:
        raise wrong(f"{function.__name__}.timeout_s is {seconds!r}", f"Write seconds, from 0.1 to {LONGEST_S:.0f}.")
    return float(seconds)
