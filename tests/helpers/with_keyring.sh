#!/usr/bin/env bash
# Runs a command beside an unlocked key store of its own: with_keyring.sh COMMAND [ARGUMENT...]
# Call it inside `dbus-run-session --`. The user's own key store and folders are never touched.
set -u

private=$(mktemp -d) || exit 1
mkdir -m 700 "$private/data" "$private/run"
export XDG_DATA_HOME="$private/data" XDG_RUNTIME_DIR="$private/run"

# In the foreground of a background job, so that its id is known and it can be ended by it.
printf 'practice' | gnome-keyring-daemon --foreground --unlock --components=secrets \
    >/dev/null 2>"$private/daemon.log" &
daemon=$!

clean_up() {
    kill "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
    rm -rf "$private"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

asked() {
    dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null
}
for _ in $(seq 100); do
    if asked | grep -q 'boolean true'; then
        export LEDGERDESK_PRIVATE_KEYRING=1
        break
    fi
    sleep 0.1
done
if [ -z "${LEDGERDESK_PRIVATE_KEYRING:-}" ]; then
    echo "key store: gnome-keyring did not start; tests that need it are skipped" >&2
    cat "$private/daemon.log" >&2
fi

"$@"
