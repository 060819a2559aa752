"""LedgerDesk's chores, the same with make and without: ``python3 tasks.py demo``.

Only the standard library: the first thing this does on a fresh machine is to make ``.venv`` and
install the project into it. One line per step says what is going on.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCALE = ROOT / "resources" / "locale"
TEMPLATE = LOCALE / "ledgerdesk.pot"
# A language without a catalogue falls back to English: German does, for now.
TRANSLATED = ("fr", "nl")
OLDEST_PYTHON = (3, 11)
PIP_WITH_GROUPS = (25, 1)
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
PYINSTALLER = ("-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR")

# What the tests need beside Python: what is looked for, and Debian's package that brings it.
PROGRAMS = {
    "sshd": "openssh-server",
    "gnome-keyring-daemon": "gnome-keyring",
    "dbus-run-session": "dbus",
    "dbus-daemon": "dbus-daemon",
    "dbus-send": "dbus-bin",
    # A real screen for the one test that drives the window by keyboard alone.
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "import": "imagemagick",
    # A real browser for the sign-ins that happen in one.
    "chromium": "chromium",
    "dovecot": "dovecot-imapd",
}
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# These beat what a test sets by itself (requests prefers REQUESTS_CA_BUNDLE to Session.verify),
# or lead out of this machine.
MISLEADING = (
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)

# Tests mostly wait for servers and processes, so there are more workers than cores.
SIDE_BY_SIDE = ("-n", "4", "--dist", "worksteal", "-q")


class Failed(Exception):
    """A step failed; its text is the line to show."""


def say(text: str) -> None:
    print(f"tasks: {text}", flush=True)


def run(*command: str | Path, environment: dict[str, str] | None = None) -> int:
    """Runs one command in the project's folder and hands back its exit code."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment).returncode


def must(step: str, *command: str | Path) -> None:
    code = run(*command)
    if code != 0:
        raise Failed(f"{step} failed (exit code {code})")


# --- setting up ---------------------------------------------------------------------------------


def set_up(*, system: bool = False) -> None:
    """Everything a command needs; costs a fraction of a second when it is there already."""
    if sys.version_info < OLDEST_PYTHON:
        raise Failed(f"Python 3.11 or later is needed; this is {platform.python_version()}")
    if system:
        install_system_packages()
    wanted = fingerprint()
    stamp = VENV / "ledgerdesk-installed"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    make_environment()
    say("installing LedgerDesk and its tools into .venv (a minute or two the first time)")
    must("installing", PYTHON, *PIP, "--editable", ".", "--group", "dev")
    stamp.write_text(wanted)


def fingerprint() -> str:
    """Changes when what is to be installed changes, or where the project lies."""
    digest = hashlib.sha256(f"{platform.python_version()} {ROOT}".encode())
    for name in ("pyproject.toml", "hatch_build.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_environment() -> None:
    if not PYTHON.exists():
        if importlib.util.find_spec("ensurepip") is None:
            install_or_tell([f"python3.{sys.version_info[1]}-venv"])
        say(f"making .venv with Python {platform.python_version()}")
        must("making .venv", sys.executable, "-m", "venv", "--clear", VENV)
    answer = subprocess.run(
        [str(PYTHON), "-c", "import pip; print(pip.__version__)"],
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    version = tuple(int(part) for part in answer.strip().split(".")[:2] if part.isdigit())
    if version < PIP_WITH_GROUPS:
        say("updating pip: this one does not know dependency groups")
        must("updating pip", PYTHON, *PIP, "--upgrade", "pip>=25.1")


def install_system_packages() -> None:
    if sys.platform != "linux":
        return
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    missing = [p for name, p in PROGRAMS.items() if shutil.which(name, path=path) is None]
    missing += [p for name, p in LIBRARIES.items() if not loads(name)]
    if missing:
        install_or_tell(missing)


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_or_tell(packages: list[str]) -> None:
    """Installs Debian packages as root; otherwise one line says what is missing.

    In CI a package that cannot be had is a failure: nothing may pass there by being skipped.
    """
    names = " ".join(packages)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (is_root and Path("/etc/debian_version").exists()):
        say(f"missing: {names}; the tests that need them are skipped")
        return
    say(f"installing system packages: {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=180")
    install = (*apt, "install", "-y", "--no-install-recommends", *packages)
    for command in ((*apt, "update"), install):
        code = run(*command, environment=environment)
        if code != 0:
            problem = f"apt-get failed (exit code {code}); missing: {names}"
            if os.environ.get("CI"):
                raise Failed(problem)
            say(f"{problem}; the tests that need them are skipped")
            return


# --- texts --------------------------------------------------------------------------------------


def pybabel(*arguments: str | Path) -> None:
    must(
        f"pybabel {arguments[0]}",
        PYTHON,
        *("-W", "ignore", "-m", "babel.messages.frontend", "--quiet"),
        *arguments,
    )


def extract_texts() -> None:
    """Collects the texts into the template and brings them into every catalogue."""
    LOCALE.mkdir(parents=True, exist_ok=True)
    before = TEMPLATE.read_text(encoding="utf-8") if TEMPLATE.exists() else ""
    say("collecting texts from ledgerdesk/")
    pybabel(
        # Not "translate": the collector would miss a text deeper inside its brackets.
        *("extract", "--no-default-keywords", "-k", "N_"),
        *("--sort-by-file", "--add-location=file", "--width=100"),
        *("--project=LedgerDesk", "--copyright-holder=The LedgerDesk authors"),
        *("-o", TEMPLATE, "ledgerdesk"),
    )
    if without_date(before) == without_date(TEMPLATE.read_text(encoding="utf-8")):
        TEMPLATE.write_text(before, encoding="utf-8")  # only the date would change
    for language in TRANSLATED:
        say(f"bringing them into resources/locale/{language}")
        pybabel(
            *("update", "-D", "ledgerdesk", "-i", TEMPLATE, "-d", LOCALE, "-l", language),
            *("--init-missing", "--no-fuzzy-matching", "--ignore-obsolete", "--width=100"),
            "--ignore-pot-creation-date",
        )


def without_date(template: str) -> list[str]:
    return [line for line in template.splitlines() if not line.startswith('"POT-Creation-Date')]


def compile_texts() -> None:
    sources = sorted(LOCALE.glob("*/LC_MESSAGES/ledgerdesk.po"))
    if not sources:
        say("no catalogues to compile yet")
        return
    say(f"compiling {len(sources)} catalogues")
    pybabel("compile", "-D", "ledgerdesk", "-d", LOCALE)


# --- checks -------------------------------------------------------------------------------------


def lint() -> list[str]:
    """Style, format and types; hands back what failed, after all three have run."""
    folders = [
        name
        for name in ("ledgerdesk", "tests", "benchmarks")
        if next((ROOT / name).rglob("*.py"), None) is not None
    ]
    checks: dict[str, tuple[str, ...]] = {
        "ruff check": ("ruff", "check", "."),
        "ruff format": ("ruff", "format", "--check", "."),
        "mypy": ("mypy", *folders, "tasks.py", "hatch_build.py"),
    }
    failed = []
    for name, command in checks.items():
        say(name)
        if run(PYTHON, "-m", *command) != 0:
            failed.append(name)
    return failed


def test_environment() -> dict[str, str]:
    misleading = {name.lower() for name in MISLEADING}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in misleading
        and (not name.startswith("LEDGERDESK_") or name == "LEDGERDESK_SEED")
    }
    return {**kept, "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"}


def pytest(*arguments: str) -> list[str]:
    """Runs pytest, beside a key store of its own where there is one."""
    beside: tuple[str | Path, ...] = ()
    if all(shutil.which(name) for name in ("bash", "dbus-run-session", "gnome-keyring-daemon")):
        with_keyring = ROOT / "tests" / "helpers" / "with_keyring.sh"
        beside = ("dbus-run-session", "--", "bash", with_keyring)
    say("pytest " + " ".join(arguments))
    code = run(*beside, PYTHON, "-m", "pytest", *arguments, environment=test_environment())
    return [] if code == 0 else [f"pytest (exit code {code})"]


# --- commands -----------------------------------------------------------------------------------


def command_setup(arguments: list[str]) -> int:
    set_up(system=True)
    compile_texts()
    say("ready")
    return 0


def command_demo(arguments: list[str]) -> int:
    set_up()
    compile_texts()
    return run(PYTHON, "-m", "ledgerdesk", "demo", *arguments)


def command_test(arguments: list[str]) -> int:
    """Everything. With arguments of pytest's: only the tests they name, without lint."""
    set_up(system=True)
    failed = [] if arguments else lint()
    compile_texts()
    failed += pytest(*(arguments or SIDE_BY_SIDE))
    return verdict(failed)


def command_lint(arguments: list[str]) -> int:
    set_up()
    return verdict(lint())


def command_texts(arguments: list[str]) -> int:
    set_up()
    extract_texts()
    compile_texts()
    return 0


def command_faults(arguments: list[str]) -> int:
    """The long fault runs: processes are killed at every named place, many times over; an office
    works thirty simulated days at a strict vendor."""
    set_up(system=True)
    compile_texts()
    # Minutes are nothing unusual here: no test is stopped, and none shows where its threads stand.
    patient = ("--timeout=0", "-o", "faulthandler_timeout=0")
    return verdict(pytest("tests/faults", "-m", "long", *patient, *arguments))


def command_window(arguments: list[str]) -> int:
    """The long runs of the window: a real one driven by keyboard, and a walk through every page."""
    set_up(system=True)
    compile_texts()
    return verdict(pytest("tests/ui", "-m", "long", *arguments))


def command_bench(arguments: list[str]) -> int:
    """Every benchmarks/bench_*.py, or those named: ``bench sftp start``."""
    set_up(system=True)
    known = {path.stem.removeprefix("bench_"): path.stem for path in bench_files()}
    unknown = [name for name in arguments if name not in known]
    if unknown:
        raise Failed(f"no such benchmark: {' '.join(unknown)}; there are: {' '.join(known)}")
    failed = []
    for name in arguments or known:
        say(f"benchmark {name}")
        if run(PYTHON, "-m", f"benchmarks.{known[name]}", environment=test_environment()) != 0:
            failed.append(name)
    return verdict(failed)


def command_bundle(arguments: list[str]) -> int:
    """dist/LedgerDesk: the program in one folder. It is done when its own --selftest passes, and
    when it knows as many integrations as the source."""
    set_up()
    compile_texts()
    say("installing PyInstaller")
    must("installing", PYTHON, *PIP, "--group", "bundle")
    say("building dist/LedgerDesk (a minute)")
    must("PyInstaller", PYTHON, *PYINSTALLER, *arguments, "build_installer.spec")
    made = ROOT / "dist" / "LedgerDesk" / ("ledgerdesk.exe" if os.name == "nt" else "ledgerdesk")
    say("the bundle's --selftest")
    bundled, source = selftest(made), selftest(PYTHON, "-m", "ledgerdesk")
    missing = [line for line in source if line not in bundled]
    return verdict([f"bundle lacks “{line}”" for line in missing])


def selftest(*command: str | Path) -> list[str]:
    """The lines of --selftest. Raises Failed when it does not pass."""
    done = subprocess.run(
        [*(str(part) for part in command), "--selftest"],
        stdout=subprocess.PIPE,
        env=test_environment(),
        cwd=ROOT,
        text=True,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        raise Failed(f"--selftest failed (exit code {done.returncode})")
    return done.stdout.splitlines()


def command_screenshots(arguments: list[str]) -> int:
    """docs/screenshots: every page of the demo's window, light and dark, at 100 % and 200 %."""
    set_up()
    compile_texts()
    for scale in ("1", "2"):
        say(f"taking pictures at {scale}00 %")
        environment = {**test_environment(), "QT_SCALE_FACTOR": scale}
        script = ("-m", "tests.ui.screenshots", "docs/screenshots", *arguments)
        if run(PYTHON, *script, environment=environment) != 0:
            raise Failed("taking pictures failed")
    return verdict([])


def command_docs(arguments: list[str]) -> int:
    """docs/integrations: one page per integration and language, out of the declarations."""
    set_up()
    compile_texts()
    return verdict([] if run(PYTHON, "-m", "tests.docs", "docs/integrations") == 0 else ["docs"])


def bench_files() -> list[Path]:
    return sorted((ROOT / "benchmarks").glob("bench_*.py"))


def verdict(failed: list[str]) -> int:
    say(f"FAILED: {', '.join(failed)}" if failed else "all good")
    return 1 if failed else 0


COMMANDS = {
    "setup": command_setup,
    "demo": command_demo,
    "test": command_test,
    "lint": command_lint,
    "texts": command_texts,
    "faults": command_faults,
    "window": command_window,
    "bench": command_bench,
    "bundle": command_bundle,
    "docs": command_docs,
    "screenshots": command_screenshots,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="LedgerDesk's chores")
    parser.add_argument("command", choices=list(COMMANDS))
    chosen, arguments = parser.parse_known_args()
    try:
        return COMMANDS[chosen.command](arguments)
    except Failed as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
