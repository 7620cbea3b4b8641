/** What is declared about lists: in `lists/lists.yaml` for all files, or in a YAML or JSON file itself. */
import { z } from 'zod';
import { durationSchema } from '../../shared/duration.ts';
import { parseInstant } from '../../shared/instant.ts';
import { LIST_TYPES } from './list.ts';

/** The names that lists may have: those that need no quotes in a rule. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

export function isListName(text: string): boolean {
  return NAME.test(text);
}

const declaration = {
  type: z
    .enum(LIST_TYPES)
    .optional()
    .describe(
      'How a value of a row is compared with the keys. text: equal without regard to letter case. network: an address in the network. domain: the domain or one of its sub-domains, also as the host of a URL. hash: MD5, SHA-1, SHA-256 or longer in hexadecimal. Default: text.',
    ),
  key: z
    .string()
    .min(1)
    .optional()
    .describe('The column whose values are compared. Default: the first column.'),
  separator: z
    .enum([',', ';', '\t', '|'])
    .optional()
    .describe('What stands between the cells of a CSV file. Default: a comma.'),
  max_age: durationSchema
    .refine((ms) => ms > 0, 'a duration above "0s"')
    .optional()
    .describe('An older list warns: in the log, the metrics, status, doctor and rules check.')
    .meta({ examples: ['7d'] }),
  updated: z
    .string()
    .refine((text) => dateOf(text) !== undefined, 'a date such as 2026-11-27')
    .optional()
    .describe(
      'When the list was written, for a list whose file has no useful time, as in a git checkout. Default: the time of its file.',
    )
    .meta({ examples: ['2026-11-27'] }),
  description: z.string().optional().describe('For people.'),
};

/** What is declared about one list. */
export const listDeclaration = z.strictObject(declaration);
export type Declaration = z.infer<typeof listDeclaration>;

/** The keys of a YAML or JSON file beside `entries`. */
export const ownDeclaration = listDeclaration.omit({ separator: true });

/** The shape of `lists/lists.yaml`. */
export const listsFile = z
  .strictObject({
    lists: z
      .record(
        z.string().regex(NAME, 'a name of letters, digits, "_", "-" and ".", such as bad_tools'),
        listDeclaration,
      )
      .describe('Lists by name: the name of the file without its ending.'),
  })
  .describe('What the CSV, text and JSON files beside this file hold.');

/** The shape of a list in a YAML or JSON file, for editors. */
export const listFileForEditors = z
  .strictObject({
    ...ownDeclaration.shape,
    entries: z
      .array(z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.json())]))
      .describe('Keys, or mappings with the key and other columns.'),
  })
  .describe('A list that rules and steps look values up in.');

/** When a list was written, ms since the epoch, from a date or a time; undefined for other strings. */
export function dateOf(text: string): number | undefined {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = parseInstant(day ? `${text}T00:00:00Z` : text);
  return instant && instant.seconds * 1000;
}
