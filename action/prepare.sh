#!/usr/bin/env bash
# Finds what the other steps need: the command, the revision to compare with, and a folder for the reports.
set -eo pipefail
. "$GITHUB_ACTION_PATH/common.sh"

reports=$(mktemp -d "${RUNNER_TEMP:?}/xdr-relay-XXXXXX")

# The steps to run, as outputs that their conditions read.
read -r -a wanted <<< "$(echo "$XDR_RUN" | tr '\n,' '  ')"
for step in "${wanted[@]}"; do
  case $step in
    check | test | lint | coverage | hygiene | expect | diff) echo "$step=true" >> "$GITHUB_OUTPUT" ;;
    *) fail 'The input "run" names a step that there is not: it is of check, test, lint, coverage, hygiene, expect and diff.' ;;
  esac
done

# Installs the package beside the repository, whose .npmrc therefore does not count, and without scripts.
install() {
  local folder="$reports/package"
  mkdir -p "$folder"
  (cd "$folder" && npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error -- "$1") > "$reports/npm.log" 2>&1 || {
    show "$reports/npm.log"
    fail 'The package xdr-relay cannot be installed: the log has what npm says.'
  }
  command="$folder/node_modules/xdr-relay/dist/node/xdr-relay.js"
}

if [ -n "$XDR_VERSION" ] && [ -n "$XDR_PACKAGE" ]; then
  fail 'Give either the input "version" or the input "package".'
elif [ -n "$XDR_VERSION" ]; then
  [[ $XDR_VERSION =~ ^[0-9A-Za-z][0-9A-Za-z.+-]*$ ]] || fail 'The input "version" is no version, such as 1.2.0.'
  install "xdr-relay@$XDR_VERSION"
elif [ -f "$XDR_PACKAGE" ]; then
  # npm takes an absolute path for a file.
  install "$(cd "$(dirname -- "$XDR_PACKAGE")" && pwd)/$(basename -- "$XDR_PACKAGE")"
else
  folder=${XDR_PACKAGE:-node_modules/xdr-relay}
  command="$folder/dist/node/xdr-relay.js"
  # A clone runs from its sources.
  if [ -f "$folder/bin/xdr-relay.js" ]; then command="$folder/bin/xdr-relay.js"; fi
fi
[ -f "$command" ] ||
  fail 'The command xdr-relay is not there. Install the package in a step before (npm ci), or give the input "version" or "package".'
command="$(cd "$(dirname -- "$command")" && pwd)/$(basename -- "$command")"

# Prints the commit of a revision, fetching it if the clone is shallow. Fails if there is none.
commit_of() {
  git rev-parse --verify --quiet --end-of-options "$1^{commit}" && return 0
  git fetch --quiet --no-tags --depth=1 --end-of-options origin "$1" 2> /dev/null &&
    git rev-parse --verify --quiet 'FETCH_HEAD^{commit}'
}

# The first parent of the merge commit that GitHub makes of a pull request: nothing but the change lies between the two.
merged_into() {
  local parents
  [ "$(git rev-parse HEAD)" = "$GITHUB_SHA" ] || return 0
  parents=$(git cat-file -p HEAD 2> /dev/null | sed -n '1,/^$/s/^parent //p')
  if [ "$(wc -l <<< "$parents")" -eq 2 ]; then head -n 1 <<< "$parents"; fi
}

base=''
if [ -n "$XDR_BASE" ]; then
  base=$(commit_of "$XDR_BASE") || fail 'The input "base" is no revision that git knows here or at the remote.'
else
  candidate=$XDR_EVENT_BASE
  if [ "$XDR_IS_PULL_REQUEST" = true ]; then
    merged=$(merged_into)
    candidate=${merged:-$candidate}
  fi
  # A push that creates a branch has zeros for the commit before it.
  if [[ $candidate =~ ^[0-9a-f]{40,64}$ ]] && [[ ! $candidate =~ ^0+$ ]]; then
    base=$(commit_of "$candidate") || base=''
  fi
  # Where the head of the pull request is checked out, the base may have moved on since they parted.
  if [ -n "$base" ] && [ "$XDR_IS_PULL_REQUEST" = true ]; then
    base=$(git merge-base "$base" HEAD 2> /dev/null) || true
    base=${base:-$candidate}
  fi
fi

{
  echo "command=$command"
  echo "reports=$reports"
  echo "base=$base"
} >> "$GITHUB_OUTPUT"
