/** Arbitrary pages of rows that are hostile to a scanner: as text, then with bytes changed. */
import fc from 'fast-check';

const space = fc.constantFrom('', '', '', '', ' ', '\t', '\r', ' \t ');
const piece = fc.oneof(
  { weight: 80, arbitrary: fc.string({ maxLength: 24 }).map((text) => text.replace(/[\\"\n\r]/g, '')) },
  {
    weight: 60,
    arbitrary: fc.constantFrom(
      ...[
        '\\"',
        '\\\\',
        '\\/',
        '\\b',
        '\\f',
        '\\n',
        '\\r',
        '\\t',
        '\\u0041',
        '\\uD83D\\uDE00',
        '\\ud800',
        '\\uFfFd',
      ],
      ...[
        'é',
        '中文',
        '😀',
        '\u2028',
        '\ufeff',
        '\ufffd',
        '\u007f',
        '\u0800',
        '\ud7ff',
        '\ue000',
        '\u{10ffff}',
      ],
      ...[
        '__UDI_RequiredFields_',
        '0123456789abcdef',
        '[[[{{{',
        '}}}]]]',
        ':,',
        "'",
        'C:\\\\Windows\\\\System32\\\\',
      ],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\u0000', '\u001f', '\t', '\r', '\\', '\\x', '\\u12', '\\u00g0', '"'),
  },
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => `"${pieces.join('')}"`);
const key = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '"category"',
        '"properties"',
        '"__proto__"',
        '"a"',
        '"b"',
        '"constructor"',
        '""',
        '"0"',
        '"DeviceName"',
      ],
      ...[
        '"__UDI_RequiredFields_Tenant"',
        '"__UDI_RequiredFields"',
        '"categorY"',
        '"propertie\\u0073"',
        '"ProcessId"',
      ],
    ),
  },
  { weight: 1, arbitrary: text },
);
const number = fc.oneof(
  { weight: 20, arbitrary: fc.integer().map(String) },
  { weight: 10, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      ...[
        '0',
        '-0',
        '-0.0',
        '-0.5',
        '0.0',
        '1.0',
        '1e5',
        '1E+05',
        '1e100',
        '1e400',
        '-1e-400',
        '0e999',
        '-0e1',
      ],
      ...['9007199254740991', '9007199254740992', '-9007199254740993', '1700000000000000', '1e-99'],
      ...['12345678901234567890', '0.1234567890123456', '-0.00000000000000000001', '1234567890123456.5'],
      ...[`1${'0'.repeat(320)}`, `0.${'0'.repeat(330)}1`, `${'9'.repeat(210)}.5e99`, `-0.${'0'.repeat(250)}`],
    ),
  },
  { weight: 10, arbitrary: fc.stringMatching(/^-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,4})?$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['01', '-', '+1', '.5', '1.', '1e', '1e+', '0x1', 'NaN', 'Infinity', '--1', '1.5.5', '-a'],
    ),
  },
);
const literal = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('true', 'false', 'null') },
  { weight: 1, arbitrary: fc.constantFrom('nul', 'True', 'undefined', 'truefalse') },
);

const { value, object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 4, arbitrary: text },
    { weight: 3, arbitrary: number },
    { weight: 1, arbitrary: literal },
    { weight: 2, arbitrary: tie('object') },
    { weight: 1, arbitrary: tie('array') },
  ),
  object: fc.array(fc.tuple(key, tie('value'), space), { maxLength: 6 }).map(objectOf),
  array: fc
    .array(fc.tuple(tie('value'), space), { maxLength: 4 })
    .map((elements) => `[${elements.map(([element, gap]) => `${gap}${element}${gap}`).join(',')}]`),
}));

function objectOf(members: readonly (readonly [string, string, string])[]): string {
  return `{${members.map(([name, given, gap]) => `${gap}${name}${gap}:${gap}${given}${gap}`).join(',')}}`;
}

const deep = fc
  .tuple(fc.integer({ min: 120, max: 132 }), fc.boolean())
  .map(([depth, arrays]) =>
    arrays ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  );
const plainKey = fc.oneof(
  { weight: 20, arbitrary: fc.stringMatching(/^"[A-Z][a-z]{0,20}"$/) },
  { weight: 1, arbitrary: fc.constant('"__UDI_RequiredFields_Tenant"') },
);
const plainText = fc.string({ maxLength: 60 }).map((plain) => JSON.stringify(plain));

/** A row as Defender writes it, of any columns. */
const plain = fc
  .tuple(
    fc.array(fc.tuple(plainKey, fc.oneof(plainText, number, object), fc.constant('')), { maxLength: 12 }),
    plainText,
    space,
  )
  .map(([columns, category, gap]) =>
    objectOf([
      ['"time"', '"2026-11-23T07:04:00Z"', ''],
      ['"category"', category, gap],
      ['"properties"', objectOf(columns), gap],
      ['"Tenant"', '"DefaultTenant"', ''],
    ]),
  );

/** One row, mostly a JSON object with a category and properties. */
export const rowText = fc.oneof(
  { weight: 6, arbitrary: plain },
  {
    weight: 6,
    arbitrary: fc
      .tuple(object, object, space)
      .map(([properties, row, gap]) =>
        row.replace(/\}$/, `${row === '{}' ? '' : ','}"category":"X"${gap},"properties":${properties}}`),
      ),
  },
  { weight: 2, arbitrary: object },
  { weight: 1, arbitrary: value },
  {
    weight: 1,
    arbitrary: deep.map((nested) => `{"category":"X","properties":{"a":1},"x":${nested}}`),
  },
  { weight: 1, arbitrary: deep.map((nested) => `{"category":"X","properties":{"a":${nested}}}`) },
);

/** A change of bytes: at so many ten-thousandths of the length, what to take out and what to put there. */
const change = fc.record({
  at: fc.noBias(fc.integer({ min: 0, max: 9_999 })),
  out: fc.constantFrom(0, 0, 1, 1, 1, 2, 8, 1_000_000),
  bytes: fc.oneof(
    fc.constantFrom(
      ...[
        '"',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '-',
        '0',
        '9',
        'e',
        '.',
        't',
        ' ',
        '\r',
        '\n',
        '\r\n',
        '\u0000',
      ].map((chars) => [...Buffer.from(chars)]),
      ...[
        [0xff],
        [0xc0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xe2, 0x82],
        [0xf0, 0x9f],
        [0xf4, 0x90, 0x80, 0x80],
        [0x80],
        [0xc3, 0x28],
      ],
      ...[
        [0xef, 0xbb, 0xbf],
        [0xe0, 0x80, 0x80],
        [0xf0, 0x80, 0x80, 0x80],
        [0xf5, 0x80, 0x80, 0x80],
        [0xc2, 0x80],
        [],
      ],
    ),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
  ),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(bytes: Buffer, { at, out, bytes: put }: Change): Buffer {
  const from = Math.floor((at * bytes.length) / 10_000);
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(put), bytes.subarray(from + out)]);
}

const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r\r\n', '\n\n', '\n \t\r\n', '\n\ufeff');

/** A page: rows with their line ends, then some bytes changed. */
export const page = fc
  .tuple(fc.array(fc.tuple(rowText, lineEnd), { maxLength: 4 }), fc.array(change, { maxLength: 3 }))
  .map(([rows, changes]) =>
    changes.reduce(changed, Buffer.from(rows.map(([row, end]) => row + end).join(''))),
  );
