"""What the machine offers to strangers: an extra port, old TLS, a weak key, no HSTS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.faults import fault
from lab.faults.tools import estate_edited, on_machine, wait_for
from lab.house import Lab

PORTS, TLS = "quarterly.security.ports", "quarterly.security.tls"
SITE = "/etc/nginx/neff-site.conf"
SERVES = "for n in $(seq 50); do curl -skf -o /dev/null https://127.0.0.1/ && exit 0; sleep 0.1; done; exit 1"


@contextmanager
def _site_served(lab: Lab, edit: str) -> Iterator[None]:
    """nginx with another configuration of the site."""
    breaks = f"cp -p {SITE} {SITE}.kept; {edit}; nginx -s reload; sleep 0.3; {SERVES}"
    with on_machine(lab, breaks, f"cat {SITE}.kept > {SITE}; rm {SITE}.kept; nginx -s reload; sleep 0.3; {SERVES}"):
        yield


@fault(not_met=PORTS)
def extra_listener(lab: Lab) -> Iterator[None]:
    """Somebody has opened a port for a debugger."""
    listening = "systemd-run --quiet --unit=debugger python3 -m http.server 9229"
    with on_machine(lab, listening, "systemctl stop debugger"):
        wait_for(lab, "ss -Hltn 'sport = 9229' | grep -q 9229")
        yield


@fault(not_met=PORTS)
def approved_port_closed(lab: Lab) -> Iterator[None]:
    """A port is approved and nobody listens on it any more."""
    with on_machine(lab, "systemctl stop prometheus-node-exporter", "systemctl start prometheus-node-exporter"):
        wait_for(lab, "! ss -Hltn 'sport = 9100' | grep -q 9100")
        yield


@fault(not_assessed=PORTS)
def address_without_a_name(lab: Lab) -> Iterator[None]:
    """The address to scan does not resolve: the scan of nothing ends in success."""
    with estate_edited(lab, f'addresses = ["{lab.address}"]', 'addresses = ["no-such-name.invalid"]'):
        yield


@fault(not_met=TLS)
def old_tls_allowed(lab: Lab) -> Iterator[None]:
    """The site also speaks TLS 1.0 and 1.1."""
    edit = f"sed -i 's/ssl_protocols .*/ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT@SECLEVEL=0;/' {SITE}"
    with _site_served(lab, edit):
        yield


@fault(not_met=TLS)
def weak_cipher_allowed(lab: Lab) -> Iterator[None]:
    """The site also agrees on a cipher without forward secrecy."""
    with _site_served(lab, f"sed -i 's/ssl_protocols .*/&\\nssl_ciphers ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256;/' {SITE}"):
        yield


@fault(not_met=TLS)
def hsts_missing(lab: Lab) -> Iterator[None]:
    """The site no longer tells browsers to come back over HTTPS only."""
    with _site_served(lab, f"sed -i /Strict-Transport/d {SITE}"):
        yield


@fault(not_met=[TLS])
def hsts_for_a_day(lab: Lab) -> Iterator[None]:
    """The HSTS header holds for a day."""
    with _site_served(lab, f"sed -i s/max-age=63072000/max-age=86400/ {SITE}"):
        yield
