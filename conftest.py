"""Loads the suite: the core's hooks and every fixture a check can ask for."""

pytest_plugins = ["compliance.plugin", "fixtures.every"]
