# shellcheck shell=bash
# What deploy/run and deploy/test share: the toolchain, Debian's packages, the release build.
# Sourced with the working directory at the root of the repository.

readonly swift_needed=6.3

say() { printf '\n==> %s\n' "$*"; }

fail() {
    printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# prepare [--tests]: installs what is missing, and ends with what to do unless the Swift on the path is new enough.
prepare() {
    local how="See https://www.swift.org/install/linux/ and put its usr/bin on the PATH."
    command -v swift >/dev/null || fail "Swift $swift_needed or newer is needed, and no swift is on the PATH. $how"
    deploy/prepare "$@" # before Swift is asked anything: it does not start without its libraries

    local answer version
    answer=$(swift --version 2>&1) || fail "swift does not start: $answer"
    version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$answer" | head -n 1)
    [[ -n $version ]] || fail "swift does not tell its version: $answer"
    printf '%s\n' "$swift_needed" "$version" | sort --version-sort --check=silent ||
        fail "Swift $swift_needed or newer is needed, this is $version. $how"
}

# python_packages FOLDER PACKAGE…: a Python environment of its own in FOLDER, made anew when the versions change.
python_packages() {
    local folder=$1
    shift
    [[ $(cat "$folder/packages" 2>/dev/null) != "$*" ]] || return 0
    say "Fetching $*"
    rm -rf "$folder"
    python3 -m venv "$folder" && "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" || return
    echo "$*" >"$folder/packages"
}

# fetch_mesh_sandbox: NHS Digital's MESH server and client for tests, unless HERALD_MESH_SANDBOX names an environment that
# has them.
fetch_mesh_sandbox() {
    [[ -n ${HERALD_MESH_SANDBOX:-} ]] || python_packages .build/mesh-sandbox mesh-sandbox==1.0.137 mesh-client==5.0.2
}

# Builds .build/release/herald. The compiler's lines go past on the screen; a failed build leaves them in a file too.
build_release() {
    local log=.build/release-build.log
    mkdir -p .build
    say "Building herald (the first time takes some minutes)"
    swift build -c release --product herald 2>&1 | tee "$log" || fail "the build failed; its output is in $PWD/$log"
    rm -f "$log"
}
