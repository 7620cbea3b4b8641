/** docs/errors.md, from the lists of error codes and of the codes of mistakes in files. */
import { CODE_FILES, type DiagnosticCodeEntry, diagnosticCodes } from '../../src/diagnostics/codes.ts';
import {
  type ErrorCode,
  type ErrorCodeEntry,
  errorCodes,
  ROOMS,
  type Room,
} from '../../src/shared/error-codes.ts';

const INTRO = `# Error codes

Generated from \`src/shared/error-codes.ts\` and \`src/diagnostics/codes.ts\` by \`npm run generate\`.

A code stands in the fields \`code\` and \`reason\` of log lines, in the label \`reason\` of metrics, in the answers of the endpoint, in dead
letters, and behind the messages of the command line. Codes do not change between versions. A code in capitals, such as
\`ECONNREFUSED\`, is not one of these: it comes from the operating system, from Node or from Azure, and the message says from which.

"Rows wait" means that the offset stays: nothing is dropped, and the rows are sent once the cause is fixed.

What \`xdr-relay config\` and \`xdr-relay rules check\` find in files has codes of its own: [Mistakes in files](#mistakes-in-files).
`;

const MISTAKES = `## Mistakes in files

Each stands in brackets behind its message, and in the field \`code\` of \`--format json\`. The message says what is wrong at that place,
the hint what to write instead.
`;

const ROOM_NAMES = Object.keys(ROOMS) as readonly Room[];
const FILE_KINDS = Object.keys(CODE_FILES) as readonly (keyof typeof CODE_FILES)[];
const HEAD = ['| Code | What it means | What to do |', '| --- | --- | --- |'];
const CODES = Object.keys(errorCodes).sort() as readonly ErrorCode[];

/** The whole page. */
export function errorsPage(): string {
  return [INTRO, ...ROOM_NAMES.map(section), MISTAKES, ...FILE_KINDS.map(mistakes)].join('\n');
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
