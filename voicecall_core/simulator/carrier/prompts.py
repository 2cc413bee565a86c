"""What the carrier itself plays to the callee: its voice, sound files, tones, silence. Knows nothing of documents."""

from __future__ import annotations

import io
import wave

import anyio
import httpx2

from voicecall_core.simulator.carrier.callee import LOOK_S, Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.verbs import Pause, Play, Prompt, Say
from voicecall_core.simulator.carrier.web_urls import is_web_url, signing_text

MS_A_CHARACTER = 60  # assumption: some 16 characters a second, an unhurried voice
TONE_S, WAIT_S = 0.25, 0.5  # assumption: how long a tone is; `w` is half a second (Twilio: docs/voice/twiml/play)
BEEP_S = 0.3  # assumption: how long it is
NOT_FETCHED, BAD_MEDIA = 11200, 12300
BYTES_A_SECOND = 4_000  # of a sound that is not decoded here: 32 kbit/s, an unhurried MP3
FILE_WITHIN_S, FILE_BYTES = 15.0, 40_000_000


class Prompts:
    """Plays prompts to one callee."""

    def __init__(self, context: CarrierContext, sid: str, callee: Callee) -> None:
        self._context, self._sid, self._callee = context, sid, callee

    async def play(self, prompt: Prompt, source: str, base: str) -> None:
        """Play one to its end, as often as it says; relative addresses start from `base`."""
        match prompt:
            case Pause(seconds):
                await anyio.sleep(seconds)
            case Say():
                await self._say(prompt, source)
            case Play():
                await self._play(prompt, source, base)

    async def beep(self) -> None:
        """The tone before a recording."""
        self._context.note(self._sid, What.PLAYED, "beep")
        await self.sound(BEEP_S)

    async def sound(self, seconds: float) -> None:
        """The callee hears something for so long."""
        until = anyio.current_time() + seconds
        while anyio.current_time() < until:
            self._callee.ear.hear(True)
            await anyio.sleep(LOOK_S)

    async def _say(self, say: Say, source: str) -> None:
        count = 0
        while not say.loop or count < say.loop:
            count += 1
            self._context.note(self._sid, What.SAY_BEGAN, source=source, pii_text=say.pii_text)
            await self.sound(max(len(say.pii_text) * MS_A_CHARACTER / 1000, LOOK_S))

    async def _play(self, play: Play, source: str, base: str) -> None:
        seconds = 0.0
        if not play.digits:
            if (found := await self._length(signing_text(base.partition("#")[0], play.url))) is None:
                return
            seconds = found
        count = 0
        while not play.loop or count < play.loop:
            count += 1
            if play.digits:
                await self._tones(play.digits, source)
            else:
                self._context.note(self._sid, What.PLAYED, "file", source=source)
                await self.sound(max(seconds, LOOK_S))

    async def _tones(self, digits: str, source: str) -> None:
        self._context.note(self._sid, What.PLAYED, f"digits {digits}", source=source)
        for digit in digits:
            if digit in "wW":
                await anyio.sleep(WAIT_S * (2 if digit == "W" else 1))
            else:
                await self.sound(TONE_S)

    async def _length(self, url: str) -> float | None:
        """How many seconds a file lasts; None, with the carrier's warning, if it cannot be had."""
        if not is_web_url(url):
            self._context.note(self._sid, What.WARNING, "the file to be played has no address", code=NOT_FETCHED)
            return None
        try:
            answer = await self._context.client.get(url, timeout=FILE_WITHIN_S, follow_redirects=True)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            self._context.note(self._sid, What.WARNING, "the file to be played could not be had", code=NOT_FETCHED)
            return None
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status_code >= 400 or len(answer.content) > FILE_BYTES:
            said = f"the file to be played was answered with {answer.status_code}"
            self._context.note(self._sid, What.WARNING, said, code=NOT_FETCHED)
            return None
        if not kind.startswith("audio/"):
            self._context.note(self._sid, What.WARNING, "the file to be played is no audio", code=BAD_MEDIA)
            return None
        return _seconds(answer.content)


def _seconds(content: bytes) -> float:
    """The length of a WAV file; of another, which is not decoded here, about what its size says."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return len(content) / BYTES_A_SECOND
