"""pm2: its unit, its applications, its user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.faults import fault
from lab.faults.tools import estate_edited, on_machine, wait_for
from lab.faults.traces import cut_back, logged
from lab.faults.web_server import ASKS_THE_SITE
from lab.house import Lab

PROCESS_MANAGER = "daily.health.process-manager"
PM2 = "runuser -u neff -- env HOME=/home/neff PM2_HOME=/home/neff/.pm2 pm2"
LISTED = f"{PM2} jlist | node -e 'const a=JSON.parse(require(`fs`).readFileSync(0));process.exit(%s?0:1)'"
APP = "/srv/neff/app.js"
ANSWERS = "curl -sf -o /dev/null http://127.0.0.1:{}/admin"
# nginx leaves an instance alone for 5 s that refused once: it must forget that, or the next fault stops the only one it asks.
WELL = (
    f"for n in $(seq 50); do {ANSWERS.format(3001)} && {ANSWERS.format(3002)} && nginx -s reload && exit 0; sleep 0.2; done; "
    "echo the two instances do not answer >&2; exit 1"
)
AGAIN = f"systemctl stop pm2-neff; systemctl reset-failed pm2-neff; systemctl start pm2-neff; {WELL}"


@contextmanager
def _app_changed(lab: Lab, line: str, which: str = "neff-paving") -> Iterator[None]:
    """The application with a line more at its beginning; all its instances, or one by its number, started anew."""
    breaks = f"cp -p {APP} {APP}.kept; sed -i '2i {line}' {APP}; {PM2} restart {which} > /dev/null"
    with on_machine(lab, breaks, f"cat {APP}.kept > {APP}; rm {APP}.kept; {AGAIN}"):
        yield


@fault(not_met=[PROCESS_MANAGER, *ASKS_THE_SITE])
def pm2_stopped(lab: Lab) -> Iterator[None]:
    """The process manager's unit is stopped, and the application with it; nginx answers 502."""
    with on_machine(lab, "systemctl stop pm2-neff", AGAIN):
        yield


@fault(harmless=PROCESS_MANAGER)
def job_beside_the_applications(lab: Lab) -> Iterator[None]:
    """pm2 keeps a job that is not running: nobody expects it to be online."""
    once = f"{PM2} start /bin/true --interpreter none --no-autorestart --name once > /dev/null; {PM2} stop once > /dev/null"
    with on_machine(lab, once, f"{PM2} delete once > /dev/null"):
        wait_for(lab, LISTED % "a.some(p=>p.name===`once`&&p.pm2_env.status===`stopped`)")
        yield


@fault(not_met=PROCESS_MANAGER)
def app_online_without_a_process(lab: Lab) -> Iterator[None]:
    """An application could not be started, and pm2, which never had its process id, calls it online for ever after."""
    once = f"{PM2} start /bin/true --interpreter none --no-autorestart --name once > /dev/null"
    with on_machine(lab, once, f"{PM2} delete once > /dev/null"), estate_edited(lab, "neff-paving = 2", "neff-paving = 2, once = 1"):
        yield


@fault(not_met=PROCESS_MANAGER)
def pm2_not_enabled(lab: Lab) -> Iterator[None]:
    """The process manager runs and will not start at the next boot."""
    with on_machine(lab, "systemctl --quiet disable pm2-neff", "systemctl --quiet enable pm2-neff"):
        yield


@fault(not_met=[PROCESS_MANAGER, *ASKS_THE_SITE])
def app_errored(lab: Lab) -> Iterator[None]:
    """The application crashes at each start, until pm2 gives it up; pm2's unit is active all the while. That it was given up a moment
    ago: the prober's questions of the meantime would be a bad quarter of an hour by themselves."""
    sizes = logged(lab)
    with _app_changed(lab, "process.exit(1);"):
        wait_for(lab, LISTED % "a.every(p=>p.pm2_env.status===`errored`)")
        cut_back(lab, sizes)
        yield


@fault(not_met=PROCESS_MANAGER)
def app_restarting(lab: Lab) -> Iterator[None]:
    """The application dies every four seconds and pm2 starts it again: it is online most of the time."""
    with _app_changed(lab, "setTimeout(() => process.exit(1), 4000);", which="1"):
        wait_for(lab, LISTED % "a.some(p=>p.pm2_env.restart_time>=3)")
        yield


@fault(not_met=PROCESS_MANAGER)
def one_instance_gone(lab: Lab) -> Iterator[None]:
    """One of two instances was scaled away: the site answers as before, with half of what it needs."""
    with on_machine(lab, f"{PM2} scale neff-paving 1", f"{PM2} scale neff-paving 2; {WELL}"):
        wait_for(lab, LISTED % "a.length===1")
        yield


@fault(not_met=PROCESS_MANAGER)
def one_instance_stopped(lab: Lab) -> Iterator[None]:
    """One of two instances is listed and stopped."""
    with on_machine(lab, f"{PM2} stop 1", f"{PM2} start 1; {WELL}"):
        yield


@fault(not_assessed=PROCESS_MANAGER)
def pm2_asked_as_the_wrong_user(lab: Lab) -> Iterator[None]:
    """The estate names a user who has no pm2: its list would be empty, and asking would start a daemon."""
    with estate_edited(lab, 'user = "neff"', 'user = "www-data"'):
        yield
