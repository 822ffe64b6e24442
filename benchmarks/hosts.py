"""The same 100 assertions on a lab machine, 40 on services and 60 on files, by four ways over SSH; whole processes, in one run.

    python -m benchmarks.hosts        (root on Debian 12; installs ruby-serverspec when it is missing)

plain pytest-testinfra over ssh:// as it is by default, serverspec, this suite, and one shell script over one connection: the
floor. Once directly, once with 50 ms of delay each way: by the kernel where it can, else by a proxy of our own.
"""

from __future__ import annotations

import heapq
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.house import Lab, standing
from selftests.running import make_project, plain_environment

DELAY_S, ROUNDS = 0.05, {"directly": 3, "with 50 ms each way": 1}
SERVICES = [
    "nginx",
    "pm2-neff",
    "postgresql@15-main",
    "postgresql",
    "ssh",
    "cron",
    "rsyslog",
    "dbus",
    "systemd-journald",
    "systemd-logind",
    "systemd-sysusers",
    "sysstat",
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-blackbox-exporter",
    "prometheus-node-exporter",
    "pebble",
    "neff-recordings",
    "neff-kernel-log",
    "unattended-upgrades",
]
FILES = [
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/etc/nginx/nginx.conf",
    "/etc/ssh/sshd_config",
    "/etc/crontab",
    "/etc/fstab",
    "/etc/issue",
    "/usr/lib/os-release",
    "/etc/rsyslog.conf",
    "/etc/logrotate.conf",
    "/etc/profile",
    "/etc/services",
    "/etc/protocols",
    "/etc/shells",
    "/etc/login.defs",
    "/etc/debian_version",
    "/etc/environment",
    "/etc/nsswitch.conf",
    "/etc/bash.bashrc",
]
TESTINFRA = """\
import pytest

@pytest.mark.parametrize("name", {services})
def test_service_runs(host, name):
    assert host.service(name).is_running

@pytest.mark.parametrize("name", {services})
def test_service_starts_at_boot(host, name):
    assert host.service(name).is_enabled

@pytest.mark.parametrize("path", {files})
def test_file_is_there(host, path):
    assert host.file(path).is_file

@pytest.mark.parametrize("path", {files})
def test_file_is_root_s(host, path):
    assert host.file(path).user == "root"

@pytest.mark.parametrize("path", {files})
def test_file_has_its_mode(host, path):
    assert host.file(path).mode == 0o644
"""
SUITE = """\
import pytest

here = pytest.mark.requirement("daily.response-time.website")

@here
@pytest.mark.parametrize("name", {services})
def test_service_runs(machine, name):
    assert machine.units[name].active == "active"

@here
@pytest.mark.parametrize("name", {services})
def test_service_starts_at_boot(machine, name):
    assert machine.units[name].enabled in ("enabled", "enabled-runtime", "static")

@here
@pytest.mark.parametrize("path", {files})
def test_file_is_there(machine, path):
    assert machine.files[path].kind in ("regular file", "regular empty file")

@here
@pytest.mark.parametrize("path", {files})
def test_file_is_root_s(machine, path):
    assert machine.files[path].user == "root"

@here
@pytest.mark.parametrize("path", {files})
def test_file_has_its_mode(machine, path):
    assert machine.files[path].mode == "644"
"""
# As any fixture of the suite: it looks once for each host, and every check that is handed it has the look on record.
SUITE_CONFTEST = """\
from types import SimpleNamespace

import pytest
from fixtures import units

pytest_plugins = ["compliance.plugin", "fixtures.core", "fixtures.host"]


@pytest.fixture
def machine(web_host, evidence):
    services = evidence.once(f"units on {{web_host.name}}", lambda: units.units(web_host, *{services}))
    files = evidence.once(f"files on {{web_host.name}}", lambda: units.files(web_host, *{files}))
    return SimpleNamespace(units=services, files=files)
"""
SERVERSPEC = """\
require 'serverspec'
require 'net/ssh'

set :backend, :ssh
set :host, '{host}'
set :ssh_options, Net::SSH::Config.for('{host}', ['{config}']).merge(keys: ['{key}'], keys_only: true, user: 'root')

%w[{services}].each do |name|
  describe service(name) do
    it {{ should be_running }}
    it {{ should be_enabled }}
  end
end
%w[{files}].each do |path|
  describe file(path) do
    it {{ should be_file }}
    it {{ should be_owned_by 'root' }}
    it {{ should be_mode 644 }}
  end
end
"""
SCRIPT = """\
bad=0
for name in {services}; do
    systemctl is-active --quiet "$name" || bad=1
    systemctl is-enabled --quiet "$name" || bad=1
done
for path in {files}; do
    [ -f "$path" ] || bad=1
    [ "$(stat -Lc %U -- "$path")" = root ] || bad=1
    [ "$(stat -Lc %a -- "$path")" = 644 ] || bad=1
done
exit $bad
"""


def _ways(lab: Lab, place: Path, host: str, config: Path) -> dict[str, list[str]]:
    """The command of each way; its files are written into `place`."""
    names = {"services": SERVICES, "files": FILES}
    words = {"services": " ".join(SERVICES), "files": " ".join(FILES)}
    plain = place / "testinfra"
    plain.mkdir(parents=True)
    (plain / "test_it.py").write_text(TESTINFRA.format(**names))
    (plain / "pytest.toml").write_text("[pytest]\n")
    spec = place / "machine_spec.rb"
    spec.write_text(SERVERSPEC.format(**words, host=host, config=config, key=lab.home / "key"))
    project = place / "suite"
    project.mkdir()
    make_project(project)
    (project / "conftest.py").write_text(SUITE_CONFTEST.format(**names))
    (project / "tests_daily" / "test_it.py").write_text(SUITE.format(**names))
    described = f'\n[hosts.web1]\nspec = "ssh://root@{host}"\nroles = ["web"]\nssh_config = "{config}"\n'
    with (project / "estate" / "estate.toml").open("a") as file:
        file.write(described)
    (place / "floor.sh").write_text(SCRIPT.format(**words))
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return {
        "pytest-testinfra": [*pytest, "--rootdir", str(plain), str(plain), f"--hosts=ssh://root@{host}", f"--ssh-config={config}"],
        "serverspec": ["rspec", "--no-color", str(spec)],
        "this suite": [*pytest, "-p", "no:html", f"--rootdir={project}", f"--estate={project}/estate", "-m", "daily"],
        "one script": ["sh", "-c", f"ssh -F {config} root@{host} sh < {place}/floor.sh"],
    }


def _config(lab: Lab, folder: Path, host: str, port: int) -> Path:
    """How to reach the machine, without a shared connection: each way opens its own as it does by default."""
    kept = [line for line in (lab.home / "ssh_config").read_text().splitlines() if "Control" not in line and "Host " not in line]
    known = (lab.home / "known_hosts").read_text().split(" ", 1)[1]
    hosts = folder / "known_hosts"
    hosts.write_text(f"{host} {known}[{host}]:{port} {known}")
    text = "\n".join(line for line in kept if "UserKnownHostsFile" not in line and "HostName" not in line)
    config = folder / "ssh_config"
    config.write_text(f"Host {host}\n    HostName {host}\n    Port {port}\n    UserKnownHostsFile {hosts}\n{text}\n")
    return config


def _seconds(name: str, argv: list[str], place: Path) -> float:
    folder = place / "suite" if name == "this suite" else place
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=folder, env=plain_environment(), capture_output=True, text=True, check=False, timeout=600)
    took = time.perf_counter() - started
    expected = {"this suite": "100 passed", "pytest-testinfra": "100 passed", "serverspec": "100 examples, 0 failures"}
    # The benchmark's estate has rows that nobody looks at: the suite's own exit code is 6.
    assert done.returncode == (6 if name == "this suite" else 0), f"{name}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert expected.get(name, "") in done.stdout, done.stdout[-2000:]
    return took


@contextmanager
def _slow(address: str) -> Iterator[int]:
    """A port of this machine that leads to the machine's sshd, every byte held back for 50 ms each way."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        threading.Thread(target=_accept, args=(server, address), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, address: str) -> None:
    with suppress(OSError):
        while True:
            here, _ = server.accept()
            # The connection itself costs a way there and back as well.
            threading.Timer(2 * DELAY_S, _join, (here, address)).start()


def _join(here: socket.socket, address: str) -> None:
    there = socket.create_connection((address, 22))
    for end in (here, there):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for source, target in ((here, there), (there, here)):
        threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Reads at once and writes 50 ms later, in order, so that bytes on their way do not wait for each other."""
    waiting: list[tuple[float, int, bytes]] = []
    ready = threading.Condition()

    def deliver() -> None:
        with suppress(OSError):
            while True:
                with ready:
                    ready.wait_for(lambda: bool(waiting))
                    due, _, data = heapq.heappop(waiting)
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)

    threading.Thread(target=deliver, daemon=True).start()
    number, data = 0, b"-"
    while data:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        with ready:
            heapq.heappush(waiting, (time.monotonic() + DELAY_S, number, data))
            number += 1
            ready.notify()


def _measured(lab: Lab, place: Path, host: str, port: int, rounds: int) -> dict[str, float]:
    place.mkdir()
    ways = _ways(lab, place, host, _config(lab, place, host, port))
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, argv in ways.items():
            taken[name].append(_seconds(name, argv, place))
    return {name: statistics.median(times) for name, times in taken.items()}


def _report(how: str, taken: dict[str, float]) -> None:
    ours = taken["this suite"]
    print(f"\n100 assertions on one host, {how}:")
    for name, seconds in taken.items():
        ratio = "" if name == "this suite" else f"  {seconds / ours:6.2f} times this suite"
        print(f"  {name:<18} {seconds:7.2f} s{ratio}")
    print(f"  this suite takes {ours / taken['one script']:.2f} times the floor")


def main() -> None:
    """Boots a lab, measures, and prints the ratios."""
    assert len(SERVICES) * 2 + len(FILES) * 3 == 100
    if not shutil.which("rspec"):
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "ruby-serverspec"]
        subprocess.run(install, check=True, capture_output=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    with standing() as lab, tempfile.TemporaryDirectory() as folder:
        for how, rounds in ROUNDS.items():
            if how == "directly":
                taken = _measured(lab, Path(folder) / "direct", lab.address, 22, rounds)
            else:
                with _slow(lab.address) as port:
                    taken = _measured(lab, Path(folder) / "delayed", "127.0.0.1", port, rounds)
            _report(how, taken)


if __name__ == "__main__":
    main()
