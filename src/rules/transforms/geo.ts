/** The step `geo`: writes what a MaxMind database says about an address of the row. */
import { z } from 'zod';
import { suggest } from '../../diagnostics/nearest.ts';
import type { JsonObject } from '../../shared/json.ts';
import {
  type AddressDatabase,
  type DatabaseFile,
  type RecordPath,
  recordPathOf,
  valueIn,
} from '../lists/database.ts';
import { DATABASE, type List } from '../lists/list.ts';
import { wrongList } from '../unknown-names.ts';
import { defineStep, type StepContext } from './step.ts';
import { compileSet, firstFound, setOf, write } from './written.ts';

/** The cost of looking one address up, in nanoseconds: that of one whose record was not read before. */
const COST = 20_000;

/**
 * `geo: { database: countries, column: RemoteIP, set: { country: country.iso_code } }`: where the database has the address, writes constants
 * and what stands in its record. Changes nothing in other rows.
 */
export const geo = defineStep(
  'geo',
  z
    .strictObject({
      database: z
        .string()
        .min(1)
        .describe('The name of a MaxMind database in `lists/`: the file `NAME.mmdb`.'),
      column: z
        .string()
        .min(1)
        .describe(
          'The column with the address, IPv4 (also as `::ffff:a.b.c.d`) or IPv6. Of an array, the first address that the database has.',
        ),
      set: setOf(
        'the path of a value in the record of the address, such as `country.iso_code`, `location.latitude` or `subdivisions[0].names.en`',
      ),
    })
    .describe(
      'Writes what a database of addresses has: country, city, network. `xdr-relay lists show NAME` shows the paths that a database has, and with an address its record. Where the database does not have the address, as it has none of private networks, and where a record lacks a value, nothing changes.',
    ),
  ({ database: name, column, set }, context) => {
    context.need(column, ['column'], { types: ['string', 'dynamic'] });
    const list = context.list(name, ['database']);
    // A list that is declared and has no file yet may become a database.
    const isPending = list?.size === 0 && list.columns.length === 0;
    if (list && list.type !== DATABASE && !isPending) {
      context.report({ ...wrongList(list), path: ['database'] });
    }
    const written = compileSet(set, context, (text, path) => pathOf(text, list, context, path));
    const database = list?.database;
    return (draft) => {
      const value = draft.get(column);
      if (!database || value === undefined) return;
      const find = (text: string): JsonObject | undefined => {
        if (draft.work.take('steps', COST)) return database.find(text);
        draft.work.cut();
        return undefined;
      };
      const record = firstFound(value, find);
      if (record) write(draft, written, (path) => valueIn(record, path));
    };
  },
  {
    value: {
      database: 'countries',
      column: 'ProcessRemoteSessionIP',
      set: { session_country: 'country.iso_code' },
    },
    files: [{ path: 'lists/countries.mmdb', text: '', database: ofOneNetwork() }],
    row: { ProcessRemoteSessionIP: '203.0.113.9' },
    result: { ProcessRemoteSessionIP: '203.0.113.9', session_country: 'CH' },
  },
);

function pathOf(
  text: string,
  list: List | undefined,
  context: StepContext,
  path: readonly string[],
): RecordPath | undefined {
  const steps = recordPathOf(text);
  if (!steps) {
    const message = `"${text}" is no path of a value in a record`;
    const hint = `keys joined by dots, and positions in lists: country.iso_code, subdivisions[0].iso_code; a text that is meant as it is: { value: ${text} }`;
    context.report({ code: 'bad-format', message, hint, path });
    return undefined;
  }
  const known = list?.database?.paths ?? [];
  // What only a few records have may not be among those that were looked at.
  if (
    known.length > 0 &&
    !known.some((one) => one === text || one.startsWith(`${text}.`) || one.startsWith(`${text}[`))
  ) {
    const message = `no record of "${list?.name}" that was looked at has "${text}"`;
    context.report({
      code: 'unknown-column',
      message,
      hint: suggest(text, known),
      path,
      severity: 'warning',
    });
  }
  return steps;
}

/** The database of the example. */
function ofOneNetwork(): DatabaseFile {
  const record = { country: { iso_code: 'CH' } };
  const database: AddressDatabase = {
    type: 'Countries',
    built: 0,
    networks: 1,
    paths: ['country.iso_code'],
    find: (address) => (address.startsWith('203.0.113.') ? record : undefined),
  };
  return { bytes: new Uint8Array(), sha256: '', open: () => database };
}
