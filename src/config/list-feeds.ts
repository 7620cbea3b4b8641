// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `list_feeds` in relay.yaml: lists that running relays or `xdr-relay lists pull` fetch. */
import { z } from 'zod';
import { httpUrl, networkText } from '../destinations/common.ts';
import { durationBetween, sizeBetween } from '../shared/duration.ts';
import { headerText, ownHeaderName, secret, sensitive } from '../shared/secret.ts';

/** How feeds are written. */
export const FEED_FORMATS = ['text', 'csv', 'json', 'stix', 'taxii'] as const;

const listName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'the name of a list: letters, digits, "_", "-" and "."')
  .refine((name) => name !== 'devices', 'another name: the relay fills the list "devices" itself');

export const listFeedConfig = z
  .strictObject({
    url: sensitive(httpUrl.refine((text) => /^https:/i.test(text) || isLoopback(text), 'an https address'))
      .describe(
        'Where the feed is. Of TAXII 2.1, the address of the collection: `https://taxii.example/api/collections/ID/`. Up to 3 redirects are followed, and headers are sent to this origin only.',
      )
      .meta({ examples: ['https://feeds.example/c2.txt'] }),
    format: z
      .enum(FEED_FORMATS)
      .describe(
        'text: one value a line. csv: a first line that names the columns. json: a list of values or mappings. stix: a STIX 2.1 bundle. taxii: a collection of a TAXII 2.1 server, of which only new objects are fetched.',
      ),
    column: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Of csv and json: the column, or the key of each mapping, with the values. Default: the first.',
      )
      .meta({ examples: ['dst_ip'] }),
    columns: z
      .array(z.string().min(1))
      .min(1)
      .max(64)
      .optional()
      .describe('Of csv: the names of the columns, where the feed has no line that names them.')
      .meta({ examples: [['first_seen', 'dst_ip']] }),
    items: z
      .string()
      .min(1)
      .optional()
      .describe('Of json: where the list lies, as keys joined by dots. Default: the whole document.')
      .meta({ examples: ['data.indicators'] }),
    headers: z
      .record(ownHeaderName, secret(headerText.max(8192)))
      .default({})
      .describe('Headers of each request, such as a key.')
      .meta({ examples: [{ authorization: '${FEED_AUTHORIZATION}' }] }),
    every: durationBetween('5m', '30d', 'a feed should not be asked more often')
      .optional()
      .describe(
        'How often running relays pull the feed by themselves. Default: never, `xdr-relay lists pull` does. A Worker does so only with `transforms_container`.',
      )
      .meta({ examples: ['1h'] }),
    max_size: sizeBetween('1KiB', '64MiB', 'a list is held in memory whole')
      .prefault('32MiB')
      .describe('A larger feed is refused.'),
    timeout: durationBetween('1s', '10m', 'the next feed waits meanwhile')
      .prefault('1m')
      .describe('How long one request may take.'),
    allow_networks: z
      .array(networkText)
      .default([])
      .describe('Networks outside the public internet in which this feed may be.')
      .meta({ examples: [['10.20.0.0/16']] }),
    allow_empty: z
      .boolean()
      .default(false)
      .describe(
        'Whether a feed without a single value replaces the list. Without it, it counts as a failure.',
      ),
  })
  .describe('A feed.');

export const listFeedsConfig = z
  .record(listName, listFeedConfig)
  .refine((feeds) => Object.keys(feeds).length <= 100, 'at most 100 feeds')
  .default({})
  .describe(
    'Lists that `xdr-relay lists pull`, or running relays (`every`), fetch into `lists/` of the rule files, by the name of the list. Declare type and max_age in `lists/lists.yaml`. See docs/rules.md.',
  );

export type ListFeedConfig = z.infer<typeof listFeedConfig>;

/** Tests and side-cars speak http on this machine, which nobody can listen to from outside. */
function isLoopback(text: string): boolean {
  return URL.canParse(text) && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(text).hostname);
}
