"""The files with which a computer starts ``ledgerdesk run`` by itself: systemd, launchd, and the
Task Scheduler. For the user who installs them, never for the whole machine: the passwords' key is
in that user's own key store."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from ledgerdesk import paths

_NAME = "ledgerdesk"
_STOP_WITHIN = 120
"""Seconds to end in: a document on its way comes to its end."""


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """``path`` is where it belongs, ``then`` the command that makes it known."""

    path: str
    content: str
    then: str


def file_for(system: str, data_dir: str | None = None) -> ServiceFile:
    """``system`` is ``linux``, ``macos`` or ``windows``."""
    command = [*_program(), "--data-dir", str(paths.data_folder(data_dir).root), "run"]
    return {"linux": _systemd, "macos": _launchd, "windows": _task}[system](command)


def _program() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "ledgerdesk"]


def _systemd(command: list[str]) -> ServiceFile:
    line = " ".join(_quoted_for_systemd(one) for one in command)
    return ServiceFile(
        f"~/.config/systemd/user/{_NAME}.service",
        f"""[Unit]
Description=LedgerDesk: brings documents to the accounting packages
After=network.target

[Service]
Type=simple
ExecStart={line}
KillSignal=SIGTERM
TimeoutStopSec={_STOP_WITHIN}
Restart=on-failure
RestartSec=30
# 2: wrong use. Trying again does not help.
RestartPreventExitStatus=2

[Install]
WantedBy=default.target
""",
        f"systemctl --user daemon-reload && systemctl --user enable --now {_NAME}",
    )


def _quoted_for_systemd(word: str) -> str:
    r"""``%`` and ``$`` mean something there, and \ and " within quotes."""
    kept = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{kept}"'


def _launchd(command: list[str]) -> ServiceFile:
    words = "\n".join(f"    <string>{escape(one)}</string>" for one in command)
    return ServiceFile(
        f"~/Library/LaunchAgents/org.{_NAME}.run.plist",
        f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"
  "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>org.{_NAME}.run</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>30</integer>
  <key>ExitTimeOut</key>
  <integer>{_STOP_WITHIN}</integer>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
""",
        f"launchctl bootstrap gui/$UID ~/Library/LaunchAgents/org.{_NAME}.run.plist",
    )


def _task(command: list[str]) -> ServiceFile:
    program, *rest = command
    arguments = " ".join(_quoted_for_windows(one) for one in rest)
    folder = Path(os.environ.get("USERPROFILE", "%USERPROFILE%"))
    path = f"{folder}\\{_NAME}-task.xml"
    return ServiceFile(
        path,
        # No encoding is named: a file written by PowerShell has another one than by cmd.
        f"""<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>LedgerDesk: brings documents to the accounting packages</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
    </LogonTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(arguments)}</Arguments>
    </Exec>
  </Actions>
</Task>
""",
        f'schtasks /Create /TN LedgerDesk /XML "{path}"',
    )


def _quoted_for_windows(word: str) -> str:
    """As CommandLineToArgvW reads it: a \\ counts only before a quotation mark."""
    if word and not set(word) & {" ", "\t", '"'}:
        return word
    doubled = "".join(_before_quote(part) for part in word.split('"'))[:-2]
    tail = len(doubled) - len(doubled.rstrip("\\"))
    return f'"{doubled}{chr(92) * tail}"'


def _before_quote(part: str) -> str:
    tail = len(part) - len(part.rstrip("\\"))
    return f'{part}{chr(92) * tail}\\"'
