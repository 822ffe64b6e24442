"""The core of the compliance suite: guide, estate, evidence, verdicts, results. It knows no system and no check."""
