/** Reads what PowerShell was given in base64 (`-EncodedCommand`), so that an analyst need not. */

/**
 * PowerShell takes every beginning of `-EncodedCommand`, and `-ec`, behind a hyphen, a dash or a slash, in any case
 * (about_PowerShell_exe, "-EncodedCommand"). One character behind the name and the text follows, quoted or not.
 */
const ENCODED =
  /[-/\u2013\u2014\u2015](?:e|ec|en|enc|enco|encod|encode|encoded|encodedc|encodedco|encodedcom|encodedcomm|encodedcomma|encodedcomman|encodedcommand)[ \t:]{1,8}["']?([A-Za-z0-9+/]{8,16384})/gi;
/** A command in a command in a command: further ones are left encoded. */
const DEEPEST = 3;
const MOST_COMMANDS = 4;
/** UTF-16 units of a command line that are looked at. */
const MOST_LOOKED_AT = 65_536;
const MOST_DECODED = 4_096;

/**
 * The commands that a command line holds in base64, outermost first; empty where there are none. Text that is no command once decoded
 * (another program's `-e`) is left out. At most 4 commands of 4,096 characters each, of which the last may be cut short.
 */
export function decodedCommands(commandLine: string): readonly string[] {
  const found: string[] = [];
  collect(commandLine, 1, found);
  return found;
}

function collect(text: string, depth: number, found: string[]): void {
  for (const [, encoded = ''] of text.slice(0, MOST_LOOKED_AT).matchAll(ENCODED)) {
    if (found.length === MOST_COMMANDS) return;
    const command = decoded(encoded);
    if (command === undefined) continue;
    found.push(command);
    if (depth < DEEPEST) collect(command, depth + 1, found);
  }
}

/** Base64 of UTF-16LE as text; undefined for what is not text once decoded. */
function decoded(base64: string): string | undefined {
  // A row's long text is cut anywhere: what is left of the last four letters is dropped.
  const bytes = atob(base64.slice(0, base64.length - (base64.length % 4 === 1 ? 1 : 0)));
  let text = '';
  for (let at = 0; at + 1 < bytes.length && text.length < MOST_DECODED; at += 2) {
    text += String.fromCharCode(bytes.charCodeAt(at) + 256 * bytes.charCodeAt(at + 1));
  }
  return isText(text) ? text.toWellFormed() : undefined;
}

/** Whether nearly all of it is printable ASCII: commands are, and base64 of anything else seldom is in UTF-16. */
function isText(text: string): boolean {
  const printable = text.match(/[\t\n\r\x20-\x7e]/g)?.length ?? 0;
  return text.length >= 3 && printable >= 0.7 * text.length;
}
