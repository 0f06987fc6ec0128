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

# Builds .build/release/herald. The compiler's lines go past on the screen; a failed build leaves them in a file too.
build_release() {
    local log=.build/release-build.log
    mkdir -p .build
    say "Building herald (the first time takes some minutes)"
    swift build -c release --product herald 2>&1 | tee "$log" || fail "the build failed; its output is in $PWD/$log"
    rm -f "$log"
}
