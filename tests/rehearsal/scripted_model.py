"""A server that speaks the realtime protocol and follows a script: a program of its own, which imports nothing of ours.

    python scripted_model.py SCRIPT.json

Prints the port it listens on. The script is a list of replies, one a turn: {"say": TEXT}, with "end": true to hang up
behind it; or {"call": NAME, "with": {...}, "then": TEXT} with {answer} for the tool's. It hears where speech begins and
ends by its energy, and no words. A tool is called only if the session has it and its instructions name it, as a model
would: a broken prompt shows.
"""

from __future__ import annotations

import base64
import json
import math
import sys
import threading
from typing import Any

from websockets.sync.server import ServerConnection, serve

FRAME_MS, BYTES_PER_MS = 20, 8
SILENCE_MS, MS_A_LETTER = 500, 45


def mu_law(sample: int) -> int:
    """One sample in G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    sample = min(abs(sample), 32_635) + 132
    exponent = sample.bit_length() - 8
    return ~(sign | exponent << 4 | sample >> exponent + 3 & 15) & 255


TONE = bytes(mu_law(round(9_000 * math.sin(2 * math.pi * 200 * at / 8_000))) for at in range(8_000))


def is_loud(frame: bytes) -> bool:
    """Whether somebody speaks in it: mu-law grows quieter towards 0x7F and 0xFF."""
    return sum((code | 0x80) < 0xD8 for code in frame) > len(frame) // 16


class Session:
    """One connection."""

    def __init__(self, socket: ServerConnection, script: list[dict[str, Any]]) -> None:
        self._socket, self._script = socket, script
        self._session: dict[str, Any] = {}
        self._count = self._turn = 0
        self._left = b""
        self._heard_ms = self._quiet_ms = 0
        self._speaking = False
        self._answer: str | None = None  # of a tool, which is to be told
        self._then = ""

    def run(self) -> None:
        """Until the client leaves."""
        self._tell("session.created", session={"type": "realtime"})
        for text in self._socket:
            message = json.loads(text)
            match message["type"]:
                case "session.update":
                    merge(self._session, message["session"])
                    self._tell("session.updated", session=self._session)
                case "input_audio_buffer.append":
                    self._hear(base64.b64decode(message["audio"]))
                case "conversation.item.create" if message["item"]["type"] == "function_call_output":
                    self._answer = message["item"]["output"]
                case "response.create":
                    self._respond(message.get("response", {}))

    def _tell(self, kind: str, **fields: Any) -> None:
        self._count += 1
        self._socket.send(json.dumps({"type": kind, "event_id": f"event_{self._count}", **fields}))

    @property
    def _turns(self) -> dict[str, Any]:
        return dict(self._session.get("audio", {}).get("input", {}).get("turn_detection") or {})

    def _hear(self, audio: bytes) -> None:
        self._left += audio
        size = FRAME_MS * BYTES_PER_MS
        while len(self._left) >= size:
            frame, self._left = self._left[:size], self._left[size:]
            self._heard_ms += FRAME_MS
            loud = is_loud(frame)
            self._quiet_ms = 0 if loud else self._quiet_ms + FRAME_MS
            if loud and not self._speaking:
                self._speaking = True
                self._tell("input_audio_buffer.speech_started", audio_start_ms=self._heard_ms, item_id="")
            elif self._speaking and self._quiet_ms >= SILENCE_MS:
                self._end_of_turn()

    def _end_of_turn(self) -> None:
        self._speaking = False
        self._turn += 1
        self._tell("input_audio_buffer.speech_stopped", audio_end_ms=self._heard_ms, item_id=f"turn_{self._turn}")
        self._tell("input_audio_buffer.committed", item_id=f"turn_{self._turn}")
        if self._turns.get("create_response", True):
            self._respond({})

    def _respond(self, asked: dict[str, Any]) -> None:
        self._count += 1
        response = f"resp_{self._count}"
        self._tell("response.created", response={"id": response, "metadata": asked.get("metadata")})
        told = asked.get("instructions", "")
        if told:  # to say something word for word: the last line has it
            self._say(response, told.rsplit("\n", 1)[-1])
        elif self._answer is not None:
            answer, self._answer = self._answer, None
            self._say(response, self._then.replace("{answer}", spoken(answer)))
        else:
            self._play(response, self._script[min(self._turn, len(self._script)) - 1] if self._turn else {})
        self._tell("response.done", response={"id": response, "status": "completed", "metadata": asked.get("metadata")})

    def _play(self, response: str, reply: dict[str, Any]) -> None:
        if "call" not in reply:
            self._say(response, reply.get("say", "Yes?"))
            if reply.get("end"):
                self._call(response, "end_call", {})
            return
        tools = {tool["name"] for tool in self._session.get("tools", [])}
        if reply["call"] not in tools or reply["call"] not in self._session.get("instructions", ""):
            self._say(response, "I have noted it.")
            return
        self._then = reply.get("then", "{answer}")
        self._call(response, reply["call"], reply.get("with", {}))

    def _call(self, response: str, name: str, arguments: dict[str, Any]) -> None:
        item = {
            "id": f"item_{self._count}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{self._count}",
            "name": name,
            "arguments": json.dumps(arguments),
        }
        self._tell("response.output_item.done", response_id=response, item=item)

    def _say(self, response: str, text: str) -> None:
        item = f"item_{self._count}"
        of = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        audio = (TONE * (len(text) * MS_A_LETTER // 1000 + 1))[: len(text) * MS_A_LETTER * BYTES_PER_MS]
        for at in range(0, len(audio), 4_000):
            piece = base64.b64encode(audio[at : at + 4_000]).decode()
            self._tell("response.output_audio.delta", **of, delta=piece)
        self._tell("response.output_audio_transcript.done", **of, transcript=text)
        self._tell("response.output_audio.done", **of)


def spoken(output: str) -> str:
    """What a tool answered, as one would say it."""
    try:
        value = json.loads(output)
    except ValueError:
        return output
    return value if isinstance(value, str) else " ".join(str(each) for each in value.values())


def merge(into: dict[str, Any], new: dict[str, Any]) -> None:
    """What is not named stays as it was."""
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        script = json.load(file)
    with serve(lambda socket: Session(socket, script).run(), "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.socket.getsockname()[1], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
