/** docs/errors.md, from the lists of error codes and of the codes of mistakes in files. */
import { CODE_FILES, type DiagnosticCodeEntry, diagnosticCodes } from '../../src/diagnostics/codes.ts';
import {
  type ErrorCode,
  type ErrorCodeEntry,
  errorCodes,
  ROOMS,
  type Room,
} from '../../src/shared/error-codes.ts';
import { SYSTEM_ERRORS } from '../../src/shared/system-errors.ts';

const INTRO = `# Error codes

Generated from \`error-codes.ts\` and \`system-errors.ts\` in \`src/shared\`, and from \`src/diagnostics/codes.ts\`, by \`npm run generate\`.

A code stands in the fields \`code\` and \`reason\` of log lines, in the label \`reason\` of metrics, in the answers of the endpoint, in dead
letters, and behind the messages of the command line. Codes do not change between versions. A code in capitals, such as
\`ECONNREFUSED\`, is not one of these: it comes from the operating system, from Node or from Azure, and the message says from which. The most
common ones are [at the end](#errors-of-the-system).

"Rows wait" means that the offset stays: nothing is dropped, and the rows are sent once the cause is fixed.

What \`xdr-relay config\` and \`xdr-relay rules check\` find in files has codes of its own: [Mistakes in files](#mistakes-in-files).
`;

const MISTAKES = `## Mistakes in files

Each stands in brackets behind its message, and in the field \`code\` of \`--format json\`. The message says what is wrong at that place,
the hint what to write instead.
`;

const SYSTEM = `## Errors of the system

Of the operating system, of name resolution and of TLS. Messages say what they mean, and the command line what to do.
`;

const ROOM_NAMES = Object.keys(ROOMS) as readonly Room[];
const FILE_KINDS = Object.keys(CODE_FILES) as readonly (keyof typeof CODE_FILES)[];
const HEAD = ['| Code | What it means | What to do |', '| --- | --- | --- |'];
const CODES = Object.keys(errorCodes).sort() as readonly ErrorCode[];

/** The whole page. */
export function errorsPage(): string {
  return [INTRO, ...ROOM_NAMES.map(section), MISTAKES, ...FILE_KINDS.map(mistakes), systemErrors()].join(
    '\n',
  );
}

function systemErrors(): string {
  const rows = Object.entries(SYSTEM_ERRORS).map(
    ([code, { meaning, fix }]) => `| \`${code}\` | ${sentence(meaning)} | ${sentence(fix)} |`,
  );
  return [SYSTEM, ...HEAD, ...rows, ''].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The codes of mistakes in one kind of file, in the order of the list. */
function mistakes(kind: keyof typeof CODE_FILES): string {
  const entries: [string, DiagnosticCodeEntry][] = Object.entries(diagnosticCodes);
  const rows = entries.filter(([, { files }]) => files === kind).map(([code, entry]) => row(code, entry));
  return [`### ${CODE_FILES[kind]}`, '', ...HEAD, ...rows, ''].join('\n');
}

function row(code: string, { meaning, fix }: Pick<ErrorCodeEntry, 'meaning' | 'fix'>): string {
  return `| <a id="${code}"></a>\`${code}\` | ${meaning} | ${fix} |`;
}

function section(room: Room): string {
  const own = CODES.filter((code) => roomsOf(code)[0] === room);
  const others = CODES.filter((code) => roomsOf(code).slice(1).includes(room));
  const rows = own.map((code) => row(code, errorCodes[code]));
  const also = others.map((code) => `[\`${code}\`](#${code})`).join(', ');
  return [`## ${ROOMS[room]}`, '', ...HEAD, ...rows, ...(also === '' ? [] : ['', `Also: ${also}.`]), ''].join(
    '\n',
  );
}

function roomsOf(code: ErrorCode): ErrorCodeEntry['rooms'] {
  return errorCodes[code].rooms;
}
