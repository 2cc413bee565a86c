"""The built-in realtime model: a server that speaks OpenAI's GA interface, and knows nothing of telephones."""
