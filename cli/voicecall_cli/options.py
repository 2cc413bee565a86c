"""Every setting as one row: flag, name in the environment, default, what it is for; and rows as parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from voicecall_cli import value_formats
from voicecall_cli.completions import Complete, scenarios, words_of
from voicecall_core import carriers, models
from voicecall_core.agents.keys import BY_NAME, LONGEST_CALL_S

CALL, VOICE, KEYS, WAY, SCREEN, REHEARSAL = (
    "The call",
    "The agent",
    "Keys",
    "Public URL and tunnel",
    "What you see",
    "Simulation",
)
CARRIER, MODEL, EITHER = "carrier", "model", "either"  # which half of a call is real, or simulated
GROUPS = (REHEARSAL, CALL, VOICE, SCREEN, WAY, KEYS)


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. `flag` is empty for what has no place in a shell's history; `default` is written as one types it.

    `where` says where to find a value that a real call cannot do without, and is empty for all others. What is `real`
    belongs to the real carrier, to the real model, or to either, and is not even read where the built-in one stands
    there, so that a bad key cannot spoil a rehearsal. A `metavar` of "" makes a switch.
    `complete` offers values to a shell; where there is none, those of a metavar such as on|off are offered.
    """

    field: str
    flag: str
    env: str
    default: str
    shape: Callable[[str], object]
    metavar: str
    about: str
    group: str
    where: str = ""
    secret: bool = False
    real: str = ""
    complete: Complete | None = None

    @property
    def is_switch(self) -> bool:
        """Given by its name alone: --plain, --no-plain."""
        return not self.metavar


_CONSOLE = "Twilio Console (https://console.twilio.com)"


def _of_agent(name: str, group: str, *, flag: bool = True) -> Option:
    """A setting that an agent file has, too: what it is for and what it may look like is written down there."""
    key = BY_NAME[name]
    typed, env = f"--{name.replace('_', '-')}" if flag else "", f"VOICECALL_{name.upper()}"
    return Option(key.field, typed, env, key.default, key.shape, key.metavar, key.about, group)


OPTIONS: tuple[Option, ...] = (
    Option("sim", "--sim", "VOICECALL_SIM", "off", value_formats.switch, "",
           "Call the built-in carrier and model: no keys, no money.", REHEARSAL),
    Option("simulate", "--simulate", "VOICECALL_SIMULATE", "", value_formats.half, "carrier|model",
           "Let one half alone be built in: the carrier (the real model speaks with a simulated callee; no phone "
           "rings, the model's key is all it takes), or the model (a real phone rings, a stand-in speaks and says so).",
           REHEARSAL),
    Option("scenario", "--scenario", "VOICECALL_SCENARIO", "ordinary", value_formats.scenario, "NAME|FILE.toml",
           "What happens in the simulated call; --list-scenarios shows all with a name.", REHEARSAL,
           complete=scenarios),
    Option("seed", "--seed", "VOICECALL_SEED", "0", value_formats.whole, "N",
           "The simulated call's chance: the same number, the same call.", REHEARSAL),
    Option("dry_run", "--dry-run", "VOICECALL_DRY_RUN", "off", value_formats.switch, "",
           "Show the request, the TwiML and the model's set-up, and call nobody.", REHEARSAL),
    Option("judge_model", "", "VOICECALL_JUDGE_MODEL", "", value_formats.name, "NAME",
           "The text model that voicecall test asks where a rehearsal expects something judged; without it nobody "
           "judges.", REHEARSAL, real=MODEL),
    Option("judge_url", "", "VOICECALL_JUDGE_URL", "", value_formats.https_url, "URL",
           "Where that model is asked: a server with /chat/completions, up to and without that, as in "
           "http://127.0.0.1:11434/v1.", REHEARSAL, real=MODEL),
    Option("from_number", "--from", "TWILIO_PHONE_NUMBER", "", value_formats.own_number, "NUMBER",
           "The number that calls: one of yours at Twilio, or a verified caller id.", CALL, real=CARRIER,
           where=f"{_CONSOLE}, Phone Numbers, Manage, Active numbers; write it as +15555550100"),
    Option("region", "--region", "VOICECALL_REGION", "", value_formats.region, "US|DE|...",
           "The country in which numbers without + and country code are read; the calling number's unless set.", CALL),
    Option("allow", "", "VOICECALL_ALLOW", "", value_formats.prefixes, "+1,+49",
           "Call only numbers that begin like one of these. (+1 is all of North America and the Caribbean.)", CALL,
           real=CARRIER),
    _of_agent("say", CALL),
    _of_agent("guard", CALL),
    _of_agent("max_duration", CALL),
    Option("max_duration_cap_s", "", "VOICECALL_MAX_DURATION_CAP", "1h",
           value_formats.duration(1, LONGEST_CALL_S), "DURATION",
           "The longest that may be asked for: a longer --max-duration is refused.", CALL),
    _of_agent("ring_timeout", CALL),
    _of_agent("patience", CALL),
    Option("agent", "--agent", "VOICECALL_AGENT", "", value_formats.file, "FILE",
           "The agent as a file (docs/agent-file.md), read by dial: a flag beats what it says, and it beats the "
           "environment.", VOICE),
    _of_agent("model", VOICE),
    _of_agent("voice", VOICE),
    _of_agent("greeting", VOICE),
    _of_agent("instructions", VOICE),
    _of_agent("greet", VOICE),
    _of_agent("tools", VOICE),
    _of_agent("filler", VOICE),
    _of_agent("filler_after", VOICE),
    _of_agent("apology", VOICE, flag=False),
    _of_agent("moment_clip", VOICE),
    Option("json", "--json", "VOICECALL_JSON", "off", value_formats.switch, "",
           "One JSON object per line on standard output.", SCREEN),
    Option("plain", "--plain", "VOICECALL_PLAIN", "off", value_formats.switch, "",
           "One readable line per event instead of the live screen.", SCREEN),
    Option("log", "--log", "VOICECALL_LOG", "calls", value_formats.directory_or_off, "DIR",
           "Where call files are written; off, or --no-log, for none.", SCREEN),
    Option("state", "", "VOICECALL_STATE", "", value_formats.directory_or_off, "DIR|off",
           "Where calls that were asked for are remembered until their end is confirmed, so that none is forgotten if "
           "this program dies; voicecall in $XDG_STATE_HOME (or ~/.local/state) unless set. Numbers are masked.",
           SCREEN, real=CARRIER),
    Option("cache", "", "VOICECALL_CACHE", "", value_formats.directory_or_off, "DIR|off",
           "Where the sound of the greeting is kept once the model has said it word for word, so that the next call "
           "begins with it at once and its tokens are spent once: 50 MB at most, the least used goes first; voicecall "
           "in $XDG_CACHE_HOME (or ~/.cache) unless set.", VOICE),
    Option("record", "--record", "VOICECALL_RECORD", "off", value_formats.switch, "",
           "Keep the audio too, beside the call file: 16-bit stereo WAV, callee left, agent right. Ask people "
           "first.", SCREEN),
    Option("tunnel", "--tunnel", "VOICECALL_TUNNEL", "", value_formats.tunnel, "cloudflared|ngrok|none",
           "Start this program for the call, and stop it afterwards: its address is the public URL.", WAY,
           real=CARRIER),
    Option("public_url", "--public-url", "VOICECALL_PUBLIC_URL", "", value_formats.https_url, "URL",
           "Where the carrier reaches this program: your tunnel's or proxy's address.", WAY, real=CARRIER,
           where="the https address your tunnel prints, such as https://abc.ngrok.app; or none with "
           "--tunnel cloudflared, which needs no account"),
    Option("port", "--port", "VOICECALL_PORT", "", value_formats.port, "PORT",
           "The port that the public URL leads to: 5050; with --tunnel, or --sim by itself, any free one.", WAY),
    Option("allow_loopback", "", "VOICECALL_ALLOW_LOOPBACK", "off", value_formats.switch, "",
           "Let doctor take a public URL on this machine for a good one: for a carrier that runs here too.", WAY,
           real=CARRIER),
    Option("twilio_url", "", "TWILIO_API_URL", carriers.API_URL, value_formats.https_url, "URL",
           "The carrier's REST interface: a region, a proxy, or a server of your own.", WAY, real=CARRIER),
    Option("realtime_url", "", "OPENAI_REALTIME_URL", models.URL, value_formats.socket_url, "URL",
           "The model's WebSocket: a compatible server, a proxy, or one of your own.", WAY, real=MODEL),
    Option("ca_file", "", "VOICECALL_CA_FILE", "", value_formats.file, "FILE",
           "Certificates to trust besides the usual ones, as PEM, where a proxy opens TLS.", WAY, real=EITHER),
    Option("account_sid", "", "TWILIO_ACCOUNT_SID", "", value_formats.account_sid, "AC...",
           "The Twilio account that pays for the call.", KEYS, real=CARRIER,
           where=f"{_CONSOLE}, first page, Account Info, Account SID"),
    Option("auth_token", "", "TWILIO_AUTH_TOKEN", "", value_formats.auth_token, "TOKEN",
           "Its auth token. Also needed beside an API key: the carrier's webhooks are signed with it.", KEYS,
           secret=True, real=CARRIER, where=f"{_CONSOLE}, first page, Account Info, Auth Token"),
    Option("api_key", "", "TWILIO_API_KEY", "", value_formats.api_key, "SK...",
           "An API key to make REST requests with, instead of the auth token.", KEYS, real=CARRIER),
    Option("api_secret", "", "TWILIO_API_SECRET", "", value_formats.api_secret, "SECRET",
           "That API key's secret.", KEYS, secret=True, real=CARRIER),
    Option("shared_key", "", "TWILIO_SHARED_KEY", "", value_formats.shared_key, "SECRET",
           "The secret of a webhooks SharedKey, if a webhook rule of the account has webhooks signed with one.", KEYS,
           secret=True, real=CARRIER),
    Option("judge_key", "", "VOICECALL_JUDGE_KEY", "", value_formats.model_key, "KEY",
           "That text model's key, where it needs one.", KEYS, secret=True, real=MODEL),
    Option("openai_key", "", "OPENAI_API_KEY", "", value_formats.model_key, "sk-...",
           "The realtime model's key.", KEYS, secret=True, real=MODEL,
           where="https://platform.openai.com/api-keys, Create new secret key"),
)  # fmt: skip

BY_FIELD = {option.field: option for option in OPTIONS}

# Names that other documents use for the same thing, too far from ours for a comparison of letters.
OTHER_NAMES = {
    "TWILIO_SID": "TWILIO_ACCOUNT_SID",
    "TWILIO_TOKEN": "TWILIO_AUTH_TOKEN",
    "TWILIO_FROM": "TWILIO_PHONE_NUMBER",
    "TWILIO_FROM_NUMBER": "TWILIO_PHONE_NUMBER",
    "TWILIO_NUMBER": "TWILIO_PHONE_NUMBER",
    "TWILIO_CALLER_ID": "TWILIO_PHONE_NUMBER",
    "TWILIO_API_KEY_SID": "TWILIO_API_KEY",
    "TWILIO_API_KEY_SECRET": "TWILIO_API_SECRET",
    "OPENAI_KEY": "OPENAI_API_KEY",
    "VOICECALL_FROM": "TWILIO_PHONE_NUMBER",
    "VOICECALL_OPENAI_API_KEY": "OPENAI_API_KEY",
    "VOICECALL_URL": "VOICECALL_PUBLIC_URL",
}
NOT_OPTIONS = {"VOICECALL_DEBUG"}  # shows the traceback of a bug of ours

_DEFAULT_SHOWN = 30  # characters; longer ones stand in docs/settings.md


def of_row(option: Option) -> inspect.Parameter:
    """The row as a typer parameter; None means that it was not typed."""
    kind: Any = bool if option.is_switch else str
    shown = typer.Option(
        f"{option.flag}/--no-{option.flag[2:]}" if option.is_switch else option.flag,
        metavar=option.metavar,
        help=_help(option),
        rich_help_panel=option.group,
        show_default=False,
        autocompletion=option.complete or words_of(option.metavar),
    )
    return parameter(option.field, Annotated[kind | None, shown], None)


def parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    """A parameter that is given by its name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def as_typed(command: Any, signature: inspect.Signature) -> None:
    """Give `command`, which takes any keyword, the signature from which typer reads its parameters."""
    command.__signature__ = signature
    command.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}


def _help(option: Option) -> str:
    """What the option is for, its name in the environment, and its default."""
    text = option.about + f" [dim]{option.env}"
    if option.default and not option.is_switch:
        shown = option.default
        if len(shown) > _DEFAULT_SHOWN:
            shown = shown[:_DEFAULT_SHOWN].rstrip() + "..."
        text += f" = {shown}"
    return text + "[/dim]"
