"""OpenAI's realtime model, translated: what it says and is told, prices, failures (quiet), and its socket."""

URL = "wss://api.openai.com/v1/realtime"
MODEL, VOICE = "gpt-realtime-2.1", "marin"  # where nothing else is asked for
KEY_SETTING, URL_SETTING = "OPENAI_API_KEY", "OPENAI_REALTIME_URL"
