/** The schemas of the files in `transforms/shapes/`: `<Table>.yaml` for one table, `groups.yaml` for columns that several tables share. */
import { z } from 'zod';
import { VALUE_FORMS } from './forms.ts';

const path = z.string().min(1).max(200);
const detection = z
  .record(z.string(), z.unknown())
  .describe("Sigma's detection, on the columns as the table's steps left them.");

const placement = z
  .strictObject({
    to: z.union([path, z.array(path).min(1)]).describe('The field, or the fields, that hold the value.'),
    as: z
      .enum(VALUE_FORMS)
      .optional()
      .describe('What the value is, where its text says more than the type of the field.'),
    values: z
      .record(z.string(), z.json())
      .optional()
      .describe(
        'Translates values: the value as text -> what the field holds. Other values stay where custom values are.',
      ),
    default: z.json().optional().describe('With `values`: what the field holds for other values.'),
    each: z
      .string()
      .min(1)
      .optional()
      .describe('The column holds a list of objects, perhaps as JSON text: takes this member of each.'),
    objects: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        'The column holds a list of objects, and so does the field: member of the column -> member of the field.',
      ),
    join: z
      .strictObject({
        columns: z.array(z.string().min(1)).min(1),
        separator: z.string().max(8),
      })
      .optional()
      .describe('Other columns whose text follows, with a separator between them.'),
    split: z
      .string()
      .min(1)
      .max(8)
      .optional()
      .describe('The column holds several values with this between them.'),
    when: detection.optional().describe("Only where this matches: Sigma's detection."),
  })
  .describe('Where a column goes, and how.');

const target = z.union([path, placement]);

const columns = z
  .record(z.string(), z.union([z.null(), target, z.array(target).min(1)]))
  .describe(
    'Column -> field, or several. `AdditionalFields.X` is a member of a column that holds JSON. Null: the column stays where custom values are.',
  );

const constants = z.record(z.string(), z.json());

const part = {
  class: z.string().optional().describe('OCSF: the class of the events.'),
  set: constants.optional().describe('Field -> the value that it always has.'),
  defaults: constants
    .optional()
    .describe(
      'Field -> its value wherever the row brings something else of the same object, and nothing for the field.',
    ),
  columns: columns.optional(),
  swap: z
    .tuple([z.string(), z.string()])
    .optional()
    .describe('Two objects that change places, such as [source, destination].'),
};

/** The schema of `transforms/shapes/<shape>/<Table>.yaml`. */
export const mappingFileOfShape = z
  .strictObject({
    table: z.string().min(1).describe('The Advanced Hunting table.'),
    description: z.string().optional().describe('For people.'),
    use: z.array(z.string()).optional().describe('Groups of groups.yaml.'),
    ...part,
    actions: z
      .record(z.string(), z.strictObject(part))
      .optional()
      .describe('By ActionType: what differs for its rows. "*" holds for all that are not listed.'),
    cases: z
      .array(
        z.strictObject({
          title: z.string().min(1).describe('What these rows are.'),
          when: detection,
          ...part,
        }),
      )
      .max(8)
      .optional()
      .describe('What differs for the rows that match. Later ones win.'),
    otherwise: z
      .array(z.strictObject(part))
      .max(8)
      .optional()
      .describe('OCSF: tried in this order where a row lacks what its class requires; base_event at last.'),
  })
  .describe('How the rows of one table become events of a normalised shape.');

/** The schema of `transforms/shapes/<shape>/groups.yaml`. */
export const groupsFileOfShape = z
  .strictObject({
    groups: z.record(
      z.string(),
      z.strictObject({ set: part.set, defaults: part.defaults, columns: part.columns }),
    ),
  })
  .describe('Columns that several tables share, for `use`.');

export type ShapeMapping = z.infer<typeof mappingFileOfShape>;
export type ShapeGroups = z.infer<typeof groupsFileOfShape>;
export type PlacementEntry = z.infer<typeof placement>;
export type PartEntry = Pick<ShapeMapping, 'class' | 'set' | 'defaults' | 'columns' | 'swap'>;
