"""nginx: stopped, not enabled, masked, restarting, or not what answers on its port."""

from __future__ import annotations

from collections.abc import Iterator

from lab.faults import fault
from lab.faults.tools import dropped_in, on_machine, wait_for
from lab.house import Lab

WEB_SERVER = "daily.health.web-server"
ASKS_THE_SITE = [
    "daily.health.api",
    "daily.health.status-page",
    "daily.response-time.website",
    "daily.response-time.admin",
    "daily.response-time.api",
    "daily.alerts.channel.dashboard",
]
DROP_IN = "/etc/systemd/system/nginx.service.d/fault.conf"
SITES = "/etc/nginx/sites-enabled/neffpaving"
LOOP = """
[Unit]
StartLimitIntervalSec=0
[Service]
Type=simple
PIDFile=
ExecStart=
ExecStart=/bin/sh -c 'sleep 0.5; exit 1'
Restart=always
RestartSec=100ms
"""
ELSEWHERE = "sed -i s/'listen 443 '/'listen 8444 '/ /etc/nginx/sites-enabled/*; nginx -s reload"
BACK = "sed -i s/'listen 8444 '/'listen 443 '/ /etc/nginx/sites-enabled/*; nginx -s reload"
SERVED = "curl -skf -o /dev/null https://127.0.0.1/"


@fault(not_met=[WEB_SERVER, *ASKS_THE_SITE])
def nginx_stopped(lab: Lab) -> Iterator[None]:
    """The web server is stopped: connections are refused."""
    with on_machine(lab, "systemctl stop nginx", "systemctl reset-failed nginx; systemctl start nginx"):
        yield


@fault(not_met=WEB_SERVER)
def nginx_not_enabled(lab: Lab) -> Iterator[None]:
    """The web server runs and will not start at the next boot."""
    with on_machine(lab, "systemctl --quiet disable nginx", "systemctl --quiet enable nginx"):
        yield


@fault(not_met=WEB_SERVER)
def nginx_masked(lab: Lab) -> Iterator[None]:
    """The web server runs, masked by somebody: it cannot be started again."""
    with on_machine(lab, "systemctl --quiet mask nginx", "systemctl --quiet unmask nginx"):
        yield


@fault(not_met=[WEB_SERVER, *ASKS_THE_SITE])
def nginx_frozen(lab: Lab) -> Iterator[None]:
    """The web server's processes hang: it is active, the kernel takes connections for it, and nobody says a word."""
    with on_machine(lab, "systemctl kill --signal=STOP nginx", f"systemctl kill --signal=CONT nginx; {SERVED}"):
        yield


@fault(not_met=[WEB_SERVER, *ASKS_THE_SITE])
def nginx_crash_loop(lab: Lab) -> Iterator[None]:
    """The web server dies half a second after each start, and systemd starts it again for ever."""
    restart = "systemctl daemon-reload; systemctl stop nginx; systemctl reset-failed nginx; systemctl start nginx"
    with dropped_in(lab, DROP_IN, LOOP, restart):
        wait_for(lab, "[ $(systemctl show nginx -P NRestarts) -ge 3 ]")
        yield


@fault(not_met=WEB_SERVER)
def nginx_restarts_again_and_again(lab: Lab) -> Iterator[None]:
    """The web server was killed six times within seconds and answers again: it looks healthy for the moment."""
    always = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=50ms\n"
    with dropped_in(
        lab,
        DROP_IN,
        always,
        "systemctl daemon-reload",
        "systemctl daemon-reload; systemctl stop nginx; systemctl reset-failed nginx; systemctl start nginx",
    ):
        for count in range(1, 7):
            lab.do("systemctl kill --signal=KILL nginx")
            wait_for(lab, f"[ $(systemctl show nginx -P NRestarts) -ge {count} ] && systemctl is-active --quiet nginx && {SERVED}")
        yield


@fault(not_met=[WEB_SERVER, *ASKS_THE_SITE])
def nginx_not_on_its_port(lab: Lab) -> Iterator[None]:
    """The web server is active and listens on another port than 443."""
    with on_machine(lab, ELSEWHERE, f"{BACK}; sleep 0.3; {SERVED}"):
        wait_for(lab, f"! {SERVED}")
        yield


@fault(not_met=[WEB_SERVER, *ASKS_THE_SITE])
def something_else_on_the_port(lab: Lab) -> Iterator[None]:
    """The web server is active, and another program shows its certificate on port 443 and answers 200 to everything."""
    squatter = "openssl s_server -quiet -accept 443 -cert /etc/neff/tls/server.pem -key /etc/neff/tls/server.key -www"
    breaks = f"{ELSEWHERE}; sleep 0.5; systemd-run --quiet --unit=squatter {squatter}"
    with on_machine(lab, breaks, f"systemctl stop squatter; {BACK}; sleep 0.3; {SERVED}"):
        wait_for(lab, "ss -Hltnp 'sport = 443' | grep -q openssl")
        yield
