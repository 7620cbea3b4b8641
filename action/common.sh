# What the scripts of the action share. Read with ".", by bash 3.2 (macOS) and later.

# Ends the step with a message of our own.
fail() {
  echo "::error title=xdr-relay::$1"
  exit 1
}

# Prints a file as text only: what others wrote could hold commands to the runner, "::error::" or "##[add-path]".
show() {
  [ -s "$1" ] || return 0
  local token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$token"
  cat "$1"
  # The token must begin a line, also if the text does not end with one.
  printf '\n::%s::\n' "$token"
}
