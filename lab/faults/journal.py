"""The system journal: errors, password guessing and dying disks in it, and a journal that is short or gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from lab.faults import fault
from lab.faults.tools import dropped_in, estate_edited, on_machine
from lab.house import Lab

BREACH = "daily.alerts.security-breach"
ERRORS, LOGINS, DISK = "weekly.logs.system-errors", "weekly.logs.authentication", "weekly.logs.disk-io"
ENTER = "cd /var/log/journal/$(cat /etc/machine-id)"
GUESSER = "198.18.0.7"
REFUSED = f"4 sshd 4711 Failed password for invalid user admin from {GUESSER} port 40022 ssh2"
ACCEPTED = f"4 sshd 4712 Accepted password for deploy from {GUESSER} port 40024 ssh2"


@contextmanager
def _entries(lab: Lab, lines: Sequence[str], writer: str = "journal") -> Iterator[None]:
    """Entries of the past: seconds ago, priority, and what else the writer asks for."""
    lab.do(f"/usr/local/lib/neff/{writer} fault", given="".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        lab.do(f"/usr/local/lib/neff/{writer} --remove fault")


def _guesses(times: int) -> list[str]:
    """So many refused logins of one source, spread over the six days before yesterday."""
    return [f"{86_400 * 6 - n * (86_400 * 5 // times)} 6 {REFUSED}" for n in range(times)]


def _short_journal(lab: Lab, and_: str = "true", then: str = "true") -> AbstractContextManager[None]:
    """A journal that begins two days ago."""
    away = f"{ENTER} && for f in kernel daemons; do mv $f-past.journal $f-past.aside; done"
    seconds = "$(seq 172800 -1800 60)"
    kernel = f'for s in {seconds}; do echo "$s 6 audit: backlog limit 64"; done | /usr/local/lib/neff/kernel-log recent'
    daemons = f'for s in {seconds}; do echo "$s 6 3 systemd 1 Started neff-minute.service."; done | /usr/local/lib/neff/journal recent'
    back = f"{ENTER} && rm *-recent.journal && for f in kernel daemons; do mv $f-past.aside $f-past.journal; done"
    return on_machine(lab, f"{away}; {kernel}; {daemons}; {and_}", f"{back}; {then}")


@fault(not_met=ERRORS)
def journal_error_that_nobody_knows(lab: Lab) -> Iterator[None]:
    """A worker was killed by a signal five days ago, once."""
    with _entries(lab, ["432000 3 3 systemd 1 neff-worker.service: Main process exited, code=dumped, status=11/SEGV"]):
        yield


@fault(harmless=ERRORS)
def journal_warning(lab: Lab) -> Iterator[None]:
    """A warning is no error, and an error of nine days ago is not of this week."""
    with _entries(lab, ["3600 4 3 systemd 1 neff-worker.service: took long", "777600 3 3 systemd 1 neff-worker.service: Failed"]):
        yield


@fault(not_met=LOGINS)
def guesses_that_said_goodbye(lab: Lab) -> Iterator[None]:
    """A server that takes keys only logs no refusal: a hundred and fifty sessions that ended in good order tell of it."""
    said = f"Disconnected from authenticating user root {GUESSER} port 40022 [preauth]"
    with _entries(lab, [f"{500_000 - 3000 * n} 6 4 sshd {20_000 + n} {said}" for n in range(150)]):
        yield


@fault(not_assessed=[ERRORS, LOGINS, DISK])
def journal_two_days_old(lab: Lab) -> Iterator[None]:
    """The journal begins two days ago, and the log of logins a day ago: both look quiet."""
    with _short_journal(lab):
        yield


@fault(not_assessed=[ERRORS, DISK], harmless=LOGINS)
def journal_short_and_log_of_logins_long(lab: Lab) -> Iterator[None]:
    """The journal begins two days ago; the log of logins, rotated and packed, reaches back eight."""
    line = "%Y-%m-%dT%H:%M:%S.000000+00:00 web1 sshd[4711]: Accepted publickey for deploy from 198.51.100.20 port 50022 ssh2"
    older = f"for h in $(seq 192 -1 27); do date -u -d \"-$h hours\" '+{line}'; done | gzip > /var/log/auth.log.2.gz"
    with _short_journal(lab, f"{older}; touch -d '26 hours ago' /var/log/auth.log.2.gz", "rm /var/log/auth.log.2.gz"):
        yield


@fault(not_assessed=[ERRORS, LOGINS, DISK])
def journal_of_nothing_but_disasters(lab: Lab) -> Iterator[None]:
    """journald was told to store critical messages and worse alone: no error is in it any more."""
    with dropped_in(lab, "/etc/systemd/journald.conf.d/quiet.conf", "[Journal]\nMaxLevelStore=crit\n", "true"):
        yield


@fault(not_assessed=[ERRORS, LOGINS, DISK])
def journal_unreadable(lab: Lab) -> Iterator[None]:
    """The journal is not where it should be: `journalctl` prints nothing, with exit code 0."""
    with on_machine(lab, "mv /var/log/journal /var/log/journal.aside", "mv /var/log/journal.aside /var/log/journal"):
        yield


@fault(not_assessed=[ERRORS, LOGINS, DISK], harmless="weekly.logs.rotation")
def journal_forbidden(lab: Lab) -> Iterator[None]:
    """The suite's account may not read the journal: `journalctl` shows it its own messages, and ends well. It may ask logrotate."""
    logrotate = "/usr/sbin/logrotate -d -s /var/lib/logrotate/status /etc/logrotate.conf"
    account = "useradd --create-home --groups adm,neff watcher && cp -r /root/.ssh /home/watcher/ && chown -R watcher /home/watcher/.ssh"
    allowed = f"echo 'watcher ALL=(root) NOPASSWD: {logrotate}' > /etc/sudoers.d/watcher; chmod 700 /var/log/journal"
    away = "chmod 755 /var/log/journal; rm /etc/sudoers.d/watcher; pkill -u watcher; userdel --remove --force watcher 2> /dev/null"
    with on_machine(lab, f"{account} && {allowed}", away), estate_edited(lab, "ssh://root@", "ssh://watcher@"):
        yield


@fault(not_met=LOGINS)
def passwords_guessed_slowly(lab: Lab) -> Iterator[None]:
    """One source failed 150 logins in a week, thirty a day: below every daily limit."""
    with _entries(lab, _guesses(150)):
        yield


@fault(not_met=LOGINS)
def password_guessed(lab: Lab) -> Iterator[None]:
    """The same, and then it got in."""
    with _entries(lab, [*_guesses(150), f"7200 6 {ACCEPTED}"]):
        yield


@fault(harmless=LOGINS)
def password_forgotten(lab: Lab) -> Iterator[None]:
    """Ninety failed logins in a week, and then the right password: a script whose password had been changed."""
    with _entries(lab, [*_guesses(90), f"7200 6 {ACCEPTED}"]):
        yield


@fault(not_met=[DISK, ERRORS])
def disk_error(lab: Lab) -> Iterator[None]:
    """The kernel could not read a sector five days ago, once."""
    with _entries(lab, ["432000 3 blk_update_request: I/O error, dev sda, sector 18022400 op 0x0:(READ) flags 0x80700"], "kernel-log"):
        yield


@fault(not_met=DISK)
def disk_error_in_small_print(lab: Lab) -> Iterator[None]:
    """A disk's driver retried and said so at the priority of a notice."""
    with _entries(lab, ["90000 5 ata3.00: failed command: READ FPDMA QUEUED"], "kernel-log"):
        yield


@fault(not_met=DISK)
def disk_errors_in_other_words(lab: Lab) -> Iterator[None]:
    """A target refused to write, and a disk went offline: none of it is called an I/O error."""
    refused = "432000 4 critical target error, dev sda, sector 18022400 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2"
    with _entries(lab, [refused, "431000 4 sd 2:0:0:0: rejecting I/O to offline device"], "kernel-log"):
        yield


@fault(not_assessed=[LOGINS, BREACH])
def ssh_server_that_says_nothing(lab: Lab) -> Iterator[None]:
    """sshd was told to be quiet: no log shows a refused login any more, nor one that was let in."""
    with dropped_in(lab, "/etc/ssh/sshd_config.d/10-quiet.conf", "LogLevel QUIET\n", "systemctl reload ssh"):
        yield


@fault(not_assessed=BREACH, harmless=LOGINS)
def log_of_logins_without_what_ssh_says(lab: Lab) -> Iterator[None]:
    """rsyslog throws away what sshd says; the log of logins goes on with what cron and sudo do, and the journal has it all."""
    rule = 'if $programname == "sshd" then stop\n'
    with dropped_in(lab, "/etc/rsyslog.d/10-quiet.conf", rule, "systemctl restart rsyslog"):
        yield
