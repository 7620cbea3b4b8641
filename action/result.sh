#!/usr/bin/env bash
# Writes the job's summary and the comment, and fails if one of the steps did.
set -o pipefail
. "$GITHUB_ACTION_PATH/common.sh"

overview="$XDR_REPORTS/overview.md"
files=("$overview")
failed=()
printf '| Step | Result |\n| --- | --- |\n' > "$overview"
for kind in check test lint coverage hygiene expect diff; do
  [ -f "$XDR_REPORTS/$kind.result" ] || continue
  result=$(cat "$XDR_REPORTS/$kind.result")
  case $result in
    passed) mark=':white_check_mark:' ;;
    failed) mark=':x:' ;;
    *) mark=':grey_question:' ;;
  esac
  echo "| $kind | $mark $result |" >> "$overview"
  if [ "$result" = failed ]; then failed+=("$kind"); fi
  if [ -s "$XDR_REPORTS/$kind.md" ]; then files+=("$XDR_REPORTS/$kind.md"); fi
done

# A step's summary holds at most 1 MiB.
{
  printf '## %s\n\n' "$XDR_TITLE"
  for file in "${files[@]}"; do
    head -c 140000 "$file"
    printf '\n'
  done
} >> "$GITHUB_STEP_SUMMARY"

if [ "$XDR_COMMENT" = true ]; then
  log="$XDR_REPORTS/comment.log"
  node "$XDR_COMMAND" rules comment "--title=$XDR_TITLE" "--key=$XDR_COMMENT_KEY" "${files[@]}" > "$log" 2>&1 ||
    echo '::warning title=xdr-relay::The comment could not be written: the log says why. The summary of the job has the reports.'
  show "$log"
fi

if [ ${#failed[@]} -gt 0 ]; then
  echo "::error title=xdr-relay::Failed: ${failed[*]}"
  exit 1
fi
