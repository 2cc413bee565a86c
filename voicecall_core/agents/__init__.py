"""Agents as files: what `dial` takes of an agent, its variables filled in, every fault told with its line."""
