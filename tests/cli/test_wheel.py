"""The wheel alone, in an empty folder: what a user of `pipx install` has, from the first command to the first call."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_cli.env_template import env_template

pytestmark = [pytest.mark.every, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as any installer would: its build backend comes from where packages come from."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode and not os.environ.get("CI"):
        pytest.skip("the build backend cannot be had here")
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed program; what it depends on is lent by the environment that tests run in, its source is not."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    (library,) = folder.glob("lib/python*/site-packages")
    (library / "lent.pth").write_text(sysconfig.get_path("purelib"))  # a plain path: nobody reads the .pth files there
    where = subprocess.check_output([python, "-c", "import voicecall_cli; print(voicecall_cli.__file__)"], text=True)
    assert where.startswith(str(library))
    return folder / "bin" / "voicecall"


def run(program: Path, *arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(at)}
    return subprocess.run(
        [program, *arguments], cwd=at, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def test_nothing_is_in_the_wheel_but_the_program(wheel: Path) -> None:
    tops = {name.split("/")[0].split("-")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"voicecall", "voicecall_cli", "voicecall_core"}


def test_from_the_first_command_to_the_first_call(program: Path, tmp_path: Path) -> None:
    guide = run(program, "doctor", at=tmp_path)
    assert (guide.returncode, guide.stdout.splitlines()[-1].split("  ")[0]) == (2, "Next: voicecall init")
    assert list(tmp_path.iterdir()) == []
    assert run(program, "init", "rehearsal", at=tmp_path).returncode == 0
    rehearsed = run(program, "test", at=tmp_path)
    assert rehearsed.returncode == 0 and "3 rehearsals: 3 passed" in rehearsed.stdout, rehearsed.stdout

    begun = run(program, "init", at=tmp_path)
    assert begun.returncode == 1 and "TWILIO_ACCOUNT_SID" in begun.stdout
    written = tmp_path / ".env"
    assert written.read_text() == env_template({"VOICECALL_TUNNEL": "cloudflared"})
    assert written.stat().st_mode & 0o777 == 0o600

    healthy = run(program, "doctor", "--sim", at=tmp_path)
    assert healthy.returncode in (0, 1), healthy.stdout
    called = run(program, "dial", "(555) 555-0100", "--sim", "--scenario", "agent-ends", at=tmp_path)
    assert called.returncode == 0, called.stdout + called.stderr
    (call_file,) = (tmp_path / "calls").iterdir()
    assert run(program, "replay", str(call_file), at=tmp_path).returncode == 0
    assert "Traceback" not in guide.stderr + begun.stderr + healthy.stderr + called.stderr


def test_what_it_says_to_do_needs_no_clone(program: Path, tmp_path: Path) -> None:
    for arguments in (
        ["dial", "+15555550100"],
        ["dial", "+4930123456"],
        ["doctor"],
        ["doctor", "-v"],
        ["hangup", "CA" + "0" * 32],
    ):
        done = run(program, *arguments, at=tmp_path)
        said = done.stdout + done.stderr
        assert done.returncode == 2
        assert not [word for word in ("make ", "docs/", ".env.example", ".venv") if word in said], said
