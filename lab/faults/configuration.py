"""nginx's configuration as it lies on disk, and the renewal of certificates."""

from __future__ import annotations

from collections.abc import Iterator

from lab.faults import fault
from lab.faults.tools import dropped_in, on_machine, wait_for
from lab.house import Lab

NGINX, RENEWAL = "monthly.configuration.nginx", "monthly.certificates.renewal"
EXTRA = "/etc/nginx/conf.d/fault.conf"
RENEWALS = "/etc/letsencrypt/renewal"
PORT_80 = "ss -Hltnp 'sport = 80' | grep -q {}"


@fault(not_met=NGINX)
def nginx_syntax_error(lab: Lab) -> Iterator[None]:
    """A file was edited badly, and nginx still runs with what it had read before."""
    with dropped_in(lab, EXTRA, "server { listen 8080 server_name oops; }\n", "true"):
        yield


@fault(not_met=NGINX)
def nginx_alias_traversal(lab: Lab) -> Iterator[None]:
    """An alias without its slash lets visitors climb out of the folder."""
    always = 'add_header Strict-Transport-Security "max-age=63072000" always;'
    server = f"server {{ listen 127.0.0.1:8081; {always} location /photos {{ alias /srv/uploads/; }} }}\n"
    with dropped_in(lab, EXTRA, server, "true"):
        yield


@fault(not_met=NGINX)
def nginx_shows_its_version(lab: Lab) -> Iterator[None]:
    """Each answer tells the version of the web server."""
    edit = "sed -i s/'server_tokens {};'/'server_tokens {};'/ /etc/nginx/nginx.conf"
    with on_machine(lab, edit.format("off", "on"), edit.format("on", "off")):
        yield


@fault(not_met=RENEWAL)
def challenge_port_taken(lab: Lab) -> Iterator[None]:
    """Another program answers on port 80, where the authority looks for its challenge."""
    squatter = "systemd-run --quiet --unit=squatter python3 -m http.server 80 --directory /srv/status"
    away = "sed -i 's/listen 80 /listen 8079 /' /etc/nginx/sites-enabled/neffpaving; nginx -s reload"
    back = "sed -i 's/listen 8079 /listen 80 /' /etc/nginx/sites-enabled/neffpaving; nginx -s reload"
    with on_machine(lab, away, f"systemctl stop squatter; {back}"):
        wait_for(lab, f"! {PORT_80.format('nginx')}")
        lab.do(squatter)
        wait_for(lab, PORT_80.format("python3"))
        yield
    wait_for(lab, PORT_80.format("nginx"))


@fault(not_met=RENEWAL)
def renewal_file_broken(lab: Lab) -> Iterator[None]:
    """The file that says how the certificate is renewed has lost half of its lines."""
    path = f"{RENEWALS}/neffpaving.test.conf"
    with on_machine(lab, f"cp -p {path} /run/renewal.kept; sed -i '/^[a-z]*_* *= /d; /live/d' {path}", f"cp -p /run/renewal.kept {path}"):
        yield


@fault(not_met=RENEWAL)
def no_certificate_under_renewal(lab: Lab) -> Iterator[None]:
    """certbot keeps no certificate at all: a rehearsal of nothing succeeds."""
    with on_machine(lab, f"mv {RENEWALS} {RENEWALS}.away; mkdir {RENEWALS}", f"rmdir {RENEWALS}; mv {RENEWALS}.away {RENEWALS}"):
        yield


@fault(not_met=RENEWAL)
def renewal_switched_off(lab: Lab) -> Iterator[None]:
    """certbot was told to leave a certificate alone: each rehearsal succeeds, and it is never renewed."""
    path = f"{RENEWALS}/neffpaving.test.conf"
    edit = f"cp -p {path} /run/renewal.kept; sed -i '/^.renewalparams.$/a autorenew = False' {path}; ! cmp -s {path} /run/renewal.kept"
    with on_machine(lab, edit, f"cp -p /run/renewal.kept {path}"):
        yield


@fault(not_met=RENEWAL)
def renewal_service_masked(lab: Lab) -> Iterator[None]:
    """The timer ticks on, and what it starts was masked."""
    with on_machine(lab, "systemctl --quiet mask certbot.service", "systemctl --quiet unmask certbot.service"):
        yield


@fault(not_met=RENEWAL)
def renewal_put_off(lab: Lab) -> Iterator[None]:
    """The timer is on, and was set to a year that nobody here will see."""
    later = "[Timer]\nOnCalendar=\nOnCalendar=2099-01-01\n"
    loaded = "systemctl daemon-reload && systemctl restart certbot.timer"
    with dropped_in(lab, "/etc/systemd/system/certbot.timer.d/planted.conf", later, loaded):
        yield


@fault(not_met=RENEWAL)
def renewal_timer_off(lab: Lab) -> Iterator[None]:
    """A renewal would succeed, and nothing ever starts it."""
    with on_machine(lab, "systemctl --quiet disable --now certbot.timer", "systemctl --quiet enable --now certbot.timer"):
        yield
