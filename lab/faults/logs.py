"""Logs that are gone or silent on the machine."""

from __future__ import annotations

from collections.abc import Iterator

from lab.faults import fault
from lab.faults.tools import on_machine
from lab.house import Lab

CHANNEL, CONNECTIONS = "daily.alerts.channel.logs", "daily.alerts.database-connections"
READS_WEEK = ["weekly.logs.access-patterns", "weekly.api.response-times"]
READS_ACCESS = ["daily.alerts.api-latency", "daily.alerts.security-breach", "daily.kpi.errors.application", *READS_WEEK]
READS_SERVER = [CONNECTIONS, "daily.kpi.errors.database", "weekly.database.slow-log"]
ERRORS, ROTATION = "weekly.logs.application-errors", "weekly.logs.rotation"
DIRECTORY, ACCESS, SERVER = "/var/log/neffpaving", "/var/log/nginx/access.log", "/var/log/postgresql/postgresql-15-main.log"


def _moved(path: str) -> tuple[str, str]:
    """A path that is gone, and back; what was put in its place meanwhile is removed. Writers go on in the file they hold."""
    return f"mv {path} {path}.aside; touch {path}.gone", f"rm -rf {path} {path}.gone; mv {path}.aside {path}"


@fault(not_met=CHANNEL, not_assessed=[CONNECTIONS, ERRORS, ROTATION])
def log_directory_missing(lab: Lab) -> Iterator[None]:
    """The log directory is gone, and the application's log with it."""
    with on_machine(lab, *_moved(DIRECTORY)):
        yield


@fault(not_met=CHANNEL, not_assessed=[CONNECTIONS, ERRORS])
def log_directory_silent(lab: Lab) -> Iterator[None]:
    """Nothing was written to the log directory since yesterday: its files belong to somebody else now."""
    both, kept = "error.log error.log.1", "/var/lib/logs.kept"  # at midnight the day's lines have just gone into the second
    cut = f"cat {kept}/error.log.1 {kept}/error.log 2> /dev/null | head -n 60 > error.log; [ ! -e error.log.1 ] || : > error.log.1"
    keep = f"mkdir {kept}; for f in {both}; do [ ! -e $f ] || cp -p $f {kept}; done"
    back = f"for f in {both}; do [ ! -e {kept}/$f ] || {{ cat {kept}/$f > $f; touch -r {kept}/$f $f; }}; done; rm -r {kept}"
    breaks = f"cd {DIRECTORY} && {keep}; {cut}; touch -d '23 hours ago' error.log*; chown root error.log .; chmod 644 error.log"
    mends = f"cd {DIRECTORY} && {back}; chown neff . error.log; chmod 640 error.log"
    with on_machine(lab, breaks, mends):
        yield


@fault(not_assessed=READS_ACCESS, not_met=ROTATION)
def access_log_missing(lab: Lab) -> Iterator[None]:
    """The web server's access log is not where it should be."""
    with on_machine(lab, *_moved(ACCESS)):
        yield


@fault(not_assessed=READS_SERVER, not_met=ROTATION)
def server_log_missing(lab: Lab) -> Iterator[None]:
    """The database server's log is not where it should be."""
    with on_machine(lab, *_moved(SERVER)):
        yield


def _logged(lab: Lab, said: str, times: int) -> None:
    """The application's own log says something so many times, one a minute, two hours ago."""
    stamp = 'date -u -d "-2 hours +$n minutes" +%FT%T.123Z'
    lab.do(f'for n in $(seq {times}); do echo "$({stamp}) ERROR {said}"; done >> {DIRECTORY}/error.log')


@fault(not_met=ERRORS)
def application_error_of_a_new_kind(lab: Lab) -> Iterator[None]:
    """The application logged an error that nobody has seen before."""
    _logged(lab, "[estimates] ROUNDING total of estimate 4711 is negative", 1)
    yield


@fault(not_met=ERRORS)
def burst_of_a_known_application_error(lab: Lab) -> Iterator[None]:
    """An error that is known to come now and then came forty times within the hour."""
    _logged(lab, "[maps] TILE_TIMEOUT no tile within $((500 + n)) ms", 40)
    yield
