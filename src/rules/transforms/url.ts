/** The step `url`: takes an address of the web apart. */
import { z } from 'zod';
import type { JsonObject } from '../../shared/json.ts';
import { defineStep } from './step.ts';

/** Longer texts are not taken apart. UTF-16 units. */
const LONGEST = 8_192;
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'ftp:': 21,
  'ws:': 80,
  'wss:': 443,
};

/** `url: { column: RemoteUrl, to: url }`: scheme, host, port, path and query of an address. */
export const url = defineStep(
  'url',
  z
    .strictObject({
      column: z
        .string()
        .min(1)
        .describe('The column with the address. `example.com/a`, without a scheme, is one, too.'),
      to: z.string().min(1).describe('The column that gets the parts, as an object.'),
    })
    .describe(
      'Takes an address apart, by the WHATWG URL standard: `scheme`, `host` (in lower case; names beyond ASCII in Punycode), `port`, `path`, `query`, `fragment`, `extension` of a file. User name and password are left out. Of what is no address, nothing is written.',
    ),
  ({ column, to }, context) => {
    context.need(column, ['column'], { types: ['string', 'dynamic'] });
    context.columns.add(to, 'dynamic');
    return (draft) => {
      const value = draft.get(column);
      const parts = typeof value === 'string' ? partsOf(value) : undefined;
      if (parts) draft.set(to, parts);
    };
  },
  {
    table: 'DeviceNetworkEvents',
    value: { column: 'RemoteUrl', to: 'address' },
    row: { RemoteUrl: 'https://user:secret@Example.com:8443/files/a.EXE?x=1' },
    result: {
      RemoteUrl: 'https://user:secret@Example.com:8443/files/a.EXE?x=1',
      address: {
        scheme: 'https',
        host: 'example.com',
        port: 8443,
        path: '/files/a.EXE',
        query: 'x=1',
        extension: 'exe',
      },
    },
  },
);

function partsOf(text: string): JsonObject | undefined {
  if (text === '' || text.length > LONGEST) return undefined;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!hasScheme && /^[a-z][a-z0-9+-]*:(?!\d)/i.test(text)) return undefined;
  const address = URL.parse(hasScheme ? text : `http://${text}`);
  if (!address || address.hostname === '') return undefined;
  const { protocol, hostname, port, pathname, search, hash } = address;
  const number = port === '' ? (hasScheme ? DEFAULT_PORTS[protocol] : undefined) : Number(port);
  const extension = /\.([A-Za-z0-9]{1,16})$/.exec(pathname)?.[1];
  return {
    ...(hasScheme && { scheme: protocol.slice(0, -1) }),
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(number !== undefined && { port: number }),
    ...(pathname !== '' && { path: pathname }),
    ...(search !== '' && { query: search.slice(1) }),
    ...(hash !== '' && { fragment: hash.slice(1) }),
    ...(extension !== undefined && { extension: extension.toLowerCase() }),
  };
}
