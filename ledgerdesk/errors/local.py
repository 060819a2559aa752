"""This computer: key store, database, disk; and what is nobody's fault."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.i18n import N_


class LocalError(LedgerDeskError):
    code = "local"
    exit_code = 3
    disposition = Disposition.RETRY
    scope = Scope.ACCOUNT


class KeyringUnusable(LocalError):
    code = "keyring_unusable"
    problem = N_("The key store of this computer cannot be used.")
    cause = N_("{reason}")
    remedy = N_("Unlock or install it; without it LedgerDesk stores no password at all.")
    disposition = Disposition.BLOCK


class KeyMissing(LocalError):
    code = "key_missing"
    problem = N_("The key of this data folder is not on this computer.")
    cause = N_("The folder comes from another computer or was restored from a backup.")
    remedy = N_("Type the passwords again and sign in again; everything else is kept.")
    disposition = Disposition.REAUTHENTICATE


class SecretMissing(LocalError):
    code = "secret_missing"
    problem = N_("The stored sign-in cannot be read.")
    cause = N_("It was sealed with another key, or was removed.")
    remedy = N_("Sign in again; documents wait and nothing is lost.")
    exit_code = 2
    disposition = Disposition.REAUTHENTICATE
    scope = Scope.CONNECTION


class EngineBusy(LocalError):
    code = "engine_busy"
    problem = N_("LedgerDesk is already working on this data folder.")
    cause = N_("Another LedgerDesk holds it and did not answer.")
    remedy = N_("Wait until it is done, or close it, and try again.")


class DatabaseDamaged(LocalError):
    code = "database_damaged"
    problem = N_("The database {path} is damaged.")
    cause = N_("{reason}")
    remedy = N_("Restore the newest backup (ledgerdesk restore FILE). The damaged file is kept.")


class DatabaseNewer(LocalError):
    code = "database_newer"
    problem = N_("The data folder was last used by a newer LedgerDesk.")
    remedy = N_("Install that version. Nothing was changed.")


class BackupUnusable(LocalError):
    code = "backup_unusable"
    problem = N_("The file {path} cannot be restored.")
    cause = N_("{reason}")
    remedy = N_("Nothing was changed. Choose another backup.")
    exit_code = 2


class BackupNotWritten(LocalError):
    code = "backup_not_written"
    problem = N_("The backup {path} cannot be written.")
    cause = N_("{reason}")
    remedy = N_("Give another file, outside the data folder.")
    exit_code = 2


class FileNotWritten(LocalError):
    code = "file_not_written"
    problem = N_("The file {path} cannot be written.")
    cause = N_("{reason}")
    remedy = N_("Give another file, in a folder that is there.")
    exit_code = 2


class DataFolderUnusable(LocalError):
    code = "data_folder_unusable"
    problem = N_("The data folder {path} cannot be used.")
    cause = N_("{reason}")
    remedy = N_("Choose another folder with --data-dir.")


class NoScreen(LocalError):
    code = "no_screen"
    problem = N_("The window cannot be opened: there is no screen here.")
    remedy = N_("Use the commands (ledgerdesk --help), or start it on a desktop.")


class DiskFull(LocalError):
    code = "disk_full"
    problem = N_("The disk of this computer is full.")
    remedy = N_("Make room; LedgerDesk goes on by itself.")
    owner = Owner.IT


class Cancelled(LedgerDeskError):
    code = "cancelled"
    problem = N_("Stopped.")
    cause = N_("You stopped it; what was not sent waits for the next time.")
    disposition = Disposition.RETRY
    scope = Scope.DELIVERY
    exit_code = 1


class UnexpectedTrouble(LedgerDeskError):
    """A bug, told calmly: the original goes to the log, redacted."""

    code = "unexpected"
    problem = N_("Something unexpected happened: {kind}.")
    cause = N_("This is a fault in LedgerDesk. The details are in the log file.")
    remedy = N_("Try again; if it comes back, send us the log file.")
    owner = Owner.IT
    disposition = Disposition.RETRY
    scope = Scope.DELIVERY
    exit_code = 3


class Interrupted(LedgerDeskError):
    """What a delivery says that was on its way when the program or the computer stopped."""

    code = "interrupted"
    problem = N_("LedgerDesk was stopped in the middle of sending.")
    cause = N_("It is not known yet whether the document arrived.")
    remedy = N_("LedgerDesk looks at the destination first, and only then goes on by itself.")
    disposition = Disposition.RETRY
    scope = Scope.DELIVERY
