"""The commands of `python -m compliance`, one module each: `configure` names its arguments, `run` does it and returns the exit code."""
