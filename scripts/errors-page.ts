/** docs/errors.md, from the list of error codes. */
import {
  type ErrorCode,
  type ErrorCodeEntry,
  errorCodes,
  ROOMS,
  type Room,
} from '../src/shared/error-codes.ts';

const INTRO = `# Error codes

Generated from \`src/shared/error-codes.ts\` by \`node scripts/errors-docs.ts\`.

A code stands in the fields \`code\` and \`reason\` of log lines, in the label \`reason\` of metrics, in the answers of the endpoint, in dead
letters, and behind the messages of the command line. Codes do not change between versions. A code in capitals, such as
\`ECONNREFUSED\`, is not one of these: it comes from the operating system, from Node or from Azure, and the message says of what.

"Rows wait" means that the offset stays: nothing is dropped, and the rows are sent once the cause is fixed.
`;

const ROOM_NAMES = Object.keys(ROOMS) as readonly Room[];
const CODES = Object.keys(errorCodes).sort() as readonly ErrorCode[];

/** The whole page. */
export function errorsPage(): string {
  return [INTRO, ...ROOM_NAMES.map(section)].join('\n');
}

function section(room: Room): string {
  const own = CODES.filter((code) => roomsOf(code)[0] === room);
  const others = CODES.filter((code) => roomsOf(code).slice(1).includes(room));
  const rows = own.map((code) => {
    const { meaning, fix }: ErrorCodeEntry = errorCodes[code];
    return `| <a id="${code}"></a>\`${code}\` | ${meaning} | ${fix} |`;
  });
  const also = others.map((code) => `[\`${code}\`](#${code})`).join(', ');
  return [
    `## ${ROOMS[room]}`,
    '',
    '| Code | What it means | What to do |',
    '| --- | --- | --- |',
    ...rows,
    ...(also === '' ? [] : ['', `Also: ${also}.`]),
    '',
  ].join('\n');
}

function roomsOf(code: ErrorCode): ErrorCodeEntry['rooms'] {
  return errorCodes[code].rooms;
}
