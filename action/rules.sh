#!/usr/bin/env bash
# Runs one of the commands on rules. Its result is an output of the step: the last step fails where one of them did.
set -o pipefail
. "$GITHUB_ACTION_PATH/common.sh"

kind=$1
printed="$XDR_REPORTS/$kind.out"
noted="$XDR_REPORTS/$kind.err"

# Values are joined to their options, so that none is taken for an option itself.
args=()
if [ -n "${XDR_TRANSFORMS:-}" ]; then args+=("--transforms=$XDR_TRANSFORMS"); fi
if [ -n "${XDR_CONFIG:-}" ]; then args+=("--config=$XDR_CONFIG"); fi

corpus=()
while IFS= read -r line; do
  line=${line%$'\r'}
  if [ -n "$line" ]; then corpus+=("$line"); fi
done <<< "${XDR_CORPUS:-}"

result() {
  echo "result=$1" >> "$GITHUB_OUTPUT"
  echo "$1" > "$XDR_REPORTS/$kind.result"
}

# Why there is nothing to show, in a report of its own.
unavailable() {
  printf '### %s\n\n%s\n' "rules $2" "$1" > "$XDR_REPORTS/$kind.md"
  echo "::notice title=xdr-relay::$1"
  result unavailable
  exit 0
}

# Runs a command whose findings become annotations, with its reports.
annotated() {
  node "$XDR_COMMAND" rules "$@" --format=github \
    "--report=markdown=$XDR_REPORTS/$kind.md" \
    "--report=sarif=$XDR_REPORTS/$kind.sarif" \
    "--report=junit=$XDR_REPORTS/$kind.junit.xml" \
    ${corpus[@]+-- "${corpus[@]}"} > "$printed" 2> "$noted"
  code=$?
  show "$noted"
  grep -E '^::(error|warning) ' "$printed"
}

# Runs a command that writes Markdown.
reported() {
  node "$XDR_COMMAND" rules "$@" --format=markdown ${corpus[@]+-- "${corpus[@]}"} > "$XDR_REPORTS/$kind.md" 2> "$noted"
  code=$?
  show "$noted"
  show "$XDR_REPORTS/$kind.md"
}

case $kind in
  check) annotated check ${args[@]+"${args[@]}"} "--fail-on=$XDR_FAIL_ON" ;;
  test)
    if [ -n "$XDR_CHANGED_SINCE" ]; then args+=("--changed=$XDR_CHANGED_SINCE"); fi
    annotated test ${args[@]+"${args[@]}"}
    ;;
  lint)
    if [ -n "$XDR_PROFILE" ]; then args+=("--profile=$XDR_PROFILE"); fi
    annotated lint ${args[@]+"${args[@]}"} "--fail-on=$XDR_FAIL_ON"
    ;;
  coverage)
    if [ -n "$XDR_TARGETS" ]; then args+=("--targets=$XDR_TARGETS"); fi
    if [ -n "$XDR_BASELINE" ]; then args+=("--baseline=$XDR_BASELINE"); fi
    if [ -n "$XDR_TARGETS$XDR_BASELINE" ]; then args+=(--fail-on-gaps); fi
    reported coverage ${args[@]+"${args[@]}"}
    ;;
  hygiene)
    for one in $XDR_FAIL_ON; do args+=("--fail-on=$one"); done
    annotated hygiene ${args[@]+"${args[@]}"}
    ;;
  expect)
    [ ${#corpus[@]} -gt 0 ] && [ -n "$XDR_EXPECT" ] || fail 'The step expect needs the inputs "corpus" and "expect".'
    annotated run ${args[@]+"${args[@]}"} "--expect=$XDR_EXPECT"
    ;;
  diff)
    [ ${#corpus[@]} -gt 0 ] || unavailable 'There are no rows to try a change on: the input "corpus" is empty.' 'run --diff'
    [ -n "$XDR_BASE" ] || unavailable 'There is no revision to compare with.' 'run --diff'
    reported run ${args[@]+"${args[@]}"} "--diff=$XDR_BASE"
    # Rules that do not compile are what check is for; those of the base are no fault of the change.
    if [ "$code" = 1 ]; then
      result unavailable
      exit 0
    fi
    ;;
esac

case $code in
  0) result passed ;;
  1) result failed ;;
  *)
    [ -s "$XDR_REPORTS/$kind.md" ] || printf '### rules %s\n\nIt could not run: the log says why.\n' "$kind" > "$XDR_REPORTS/$kind.md"
    result failed
    echo "::error title=xdr-relay::rules $kind could not run: the log of the step says why."
    ;;
esac
