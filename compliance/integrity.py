"""A run's seal: the digests of all its files in a manifest, signed where a key is named; and whether the seal still holds."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compliance import digest

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
NAMESPACE = "neff-compliance"
FORMAT = "neff-compliance-manifest-1"
SECONDS = 10


@dataclass
class Sealed:
    """What is known of one run's folder: its manifest, what is wrong with it, and who signed it."""

    folder: Path
    run: dict[str, Any] = field(default_factory=dict)
    record: str = ""
    manifest: str = ""
    signer: str | None = None
    problems: list[str] = field(default_factory=list)


def seal(folder: Path, document: dict[str, Any], key: str) -> list[str]:
    """Writes the manifest of a finished run and signs it; returns what went wrong with the signature."""
    files = {str(path.relative_to(folder)): digest.of_file(path) for path in _files(folder)}
    previous = {name: document["run"].get(name) for name in ("previous", "previous_sha256", "previous_manifest")}
    manifest = {"format": FORMAT, "run": document["run"]["id"], "record": digest.of(document), **previous, "files": files}
    (folder / MANIFEST).write_bytes(digest.canonical(manifest) + b"\n")
    return _sign(folder, key) if key else []


def seal_of(folder: Path) -> str | None:
    """The digest of a run's manifest; None when it has none."""
    path = folder / MANIFEST
    return digest.of_file(path) if path.is_file() else None


def _files(folder: Path) -> list[Path]:
    """Every file of a run but the seal itself, by its path within the folder."""
    return [path for path in sorted(folder.rglob("*")) if not path.is_dir() and path.name not in (MANIFEST, SIGNATURE)]


def _sign(folder: Path, key: str) -> list[str]:
    done = _keygen("-Y", "sign", "-q", "-n", NAMESPACE, "-f", key, str(folder / MANIFEST))
    if done.returncode == 0 and (folder / SIGNATURE).is_file():
        return []
    return [f"the run is not signed: ssh-keygen could not use the key {key}: {_last_line(done.stderr)}"]


def _keygen(*options: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """ssh-keygen without a terminal to ask for a passphrase on: a key must be readable, or held by an agent."""
    argv = ["ssh-keygen", *options]
    try:
        return subprocess.run(argv, input=given or b"", capture_output=True, timeout=SECONDS, start_new_session=True, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return subprocess.CompletedProcess(argv, 127, b"", str(error).encode())


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def examined(folder: Path, signers: str) -> Sealed:
    """One run's folder held against its manifest, file by file; with a file of allowed signers, the signature must be theirs."""
    found = Sealed(folder)
    _read_record(found)
    path = folder / MANIFEST
    if found.run.get("seeded") and not (signers or path.exists() or (folder / SIGNATURE).exists()):
        return found
    if not path.is_file():
        found.problems.append("it has no manifest.json: removed, or the run was killed, or made before manifests were kept")
        return found
    found.manifest = digest.of_file(path)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        _compare(found, manifest, manifest["files"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found.problems.append(f"manifest.json cannot be read: {error}")
    _check_signature(found, signers)
    return found


def _read_record(found: Sealed) -> None:
    try:
        document = json.loads((found.folder / "results.json").read_text(encoding="utf-8"))
        found.run, found.record = document["run"], digest.of(document)
        named = f"{found.folder.parent.name}-{found.folder.name}"
        if found.run["id"] != named and not found.run.get("seeded"):
            found.problems.append(f"results.json is of the run {found.run['id']}: put here in place of {named}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        found.problems.append(f"results.json cannot be read: {error}")


def _compare(found: Sealed, manifest: dict[str, Any], sealed: dict[str, str]) -> None:
    here = {str(path.relative_to(found.folder)): path for path in _files(found.folder)}
    for name in sorted({*here, *sealed}):
        if name not in here:
            found.problems.append(f"{name} is gone")
        elif name not in sealed:
            found.problems.append(f"{name} was added")
        elif here[name].is_symlink() or not here[name].is_file() or digest.of_file(here[name]) != sealed[name]:
            found.problems.append(f"{name} was altered")
    named = f"{found.folder.parent.name}-{found.folder.name}"
    if manifest["run"] != named:
        found.problems.append(f"manifest.json is of the run {manifest['run']}: put here in place of {named}")
    if found.record and manifest["record"] != found.record:
        found.problems.append("the record is not the one that the manifest seals")


def _check_signature(found: Sealed, signers: str) -> None:
    signature, content = found.folder / SIGNATURE, (found.folder / MANIFEST).read_bytes()
    if not signature.is_file():
        found.problems += ["it is not signed, and allowed signers are named"] if signers else []
        return
    if not signers:
        done = _keygen("-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(signature), given=content)
        found.signer = "a key that nobody vouches for here" if done.returncode == 0 else None
    else:
        who = _keygen("-Y", "find-principals", "-s", str(signature), "-f", signers)
        name = who.stdout.decode(errors="replace").strip().partition("\n")[0]
        done = _keygen("-Y", "verify", "-n", NAMESPACE, "-s", str(signature), "-f", signers, "-I", name, given=content) if name else who
        found.signer = name if done.returncode == 0 and name else None
    if found.signer is None:
        found.problems.append(f"the signature does not hold for manifest.json: {_last_line(done.stderr)}")
