# SPDX-License-Identifier: Apache-2.0
#
# What tests/run and packaging/try share: Debian packages, and a build below build/. To be sourced; the caller is at the
# top of the checkout.

mapfile -t build_packages <packaging/build-depends
run_packages=(python3 postfix)

# install_packages PACKAGE...: those that are missing. Nothing that is installed starts, neither by systemd nor by an init script,
# and Postfix gets no configuration.
install_packages() {
        local missing=() made= status package
        for package in "$@"; do
                [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
        done
        [ ${#missing[@]} -gt 0 ] || return 0
        if [ "$(id -u)" != 0 ]; then
                echo "not installed, and only root can install them: ${missing[*]}" >&2
                return 1
        fi
        echo "installing ${missing[*]}"
        if [ ! -e /usr/sbin/policy-rc.d ]; then
                printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
                chmod +x /usr/sbin/policy-rc.d
                made=yes
        fi
        echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
        DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
                DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends install "${missing[@]}" >/dev/null
        status=$?
        [ -z "$made" ] || rm -f /usr/sbin/policy-rc.d
        return $status
}

# build_in FOLDER OPTION...
build_in() {
        build_target all "$@"
}

# build_target TARGET FOLDER OPTION...
build_target() {
        local target=$1 folder=$2
        shift 2
        [ -e "$folder/build.ninja" ] || meson setup "$folder" "$@" || return 1
        ninja -C "$folder" "$target"
}
