#!/bin/bash
# Makes the Containerfile's two base images out of Debian's packages and this machine's Node, for places that reach no container
# registry: localhost/xdr-relay-build (Node, npm, a shell) and localhost/xdr-relay-base (the C++ runtime, no shell).
#
# Run it as root, in a clone after `npm ci`. It needs mmdebstrap and buildah: apt-get install mmdebstrap buildah
set -euo pipefail

suite=${SUITE:-bookworm}
root=$(cd "$(dirname "$0")/../.." && pwd)
node=$(readlink -f "$root/node_modules/node/bin/node")
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
authorities=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The base of the last stage, like Google's distroless: packages are unpacked and not configured, so that neither a shell nor a
# package manager is among them.
cat >"$work/passwd" <<'END'
root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/nonexistent:/sbin/nologin
END
mmdebstrap --quiet --variant=extract --include=libc6,libstdc++6,libgcc-s1 \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --extract-hook="mkdir -p \"\$1/etc/ssl/certs\" \"\$1/proc\" \"\$1/sys\" \"\$1/dev\" \"\$1/run\" \"\$1/tmp\"; chmod 1777 \"\$1/tmp\"" \
  --extract-hook="cp \"$work/passwd\" \"\$1/etc/passwd\"" \
  --extract-hook="cp \"$authorities\" \"\$1/etc/ssl/certs/ca-certificates.crt\"" \
  "$suite" - |
  mmtarfilter --path-exclude='/dev/*' --path-exclude='/etc/apt*' --path-exclude='/etc/dpkg*' --path-exclude='/etc/hostname' \
    --path-exclude='/etc/resolv.conf' --path-exclude='/var/cache/*' --path-exclude='/var/log/*' >"$work/base.tar"

# The base of the build stage. NODE_EXTRA_CA_CERTS lets npm trust a registry behind a company's own authority.
mmdebstrap --quiet --variant=essential --include=libstdc++6 \
  --customize-hook="mkdir -p \"\$1/usr/local/lib/node_modules\" \"\$1/usr/local/bin\" \"\$1/etc/ssl/certs\"" \
  --customize-hook="cp \"$node\" \"\$1/usr/local/bin/node\"" \
  --customize-hook="cp -r \"$npm\" \"\$1/usr/local/lib/node_modules/npm\"" \
  --customize-hook='ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"' \
  --customize-hook="cp \"$authorities\" \"\$1/etc/ssl/certs/ca-certificates.crt\"" \
  "$suite" "$work/build.tar"

# image NAME TAR [OPTION...]: an image of one layer. The image that had the name before is removed: it would stay without one.
image() {
  local name=$1 tar=$2 container before
  shift 2
  before=$(buildah images --quiet "$name" 2>/dev/null || true)
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$tar" / >/dev/null
  buildah config "$@" "$container"
  buildah commit --quiet --rm "$container" "$name" >/dev/null
  if [ -n "$before" ] && [ "$before" != "$(buildah images --quiet "$name")" ]; then
    buildah rmi "$before" >/dev/null 2>&1 || true
  fi
  echo "Made $name"
}

image localhost/xdr-relay-base "$work/base.tar" --user 65532:65532
image localhost/xdr-relay-build "$work/build.tar" \
  --env PATH=/usr/local/bin:/usr/bin:/bin --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
