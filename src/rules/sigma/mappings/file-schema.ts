/** The zod schema of a mapping file. */
import { z } from 'zod';

const columns = z.array(z.string().min(1)).min(1);

const fieldMapping = z.union([
  z.string().min(1).describe('A column.'),
  columns.describe('Columns that may hold the field; it matches when one of them does.'),
  z.strictObject({
    columns: columns
      .optional()
      .describe('Columns that may hold the field; it matches when one of them does.'),
    join: z
      .strictObject({
        columns: columns.describe('Columns whose values are joined, in this order.'),
        with: z.string().describe('The separator between two values.'),
      })
      .optional()
      .describe(
        'Instead of columns: several columns whose values are joined into one string, e.g. DOMAIN\\user.',
      ),
    values: z
      .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
      .optional()
      .describe("The rules' names of values -> what the columns hold for them. Rules may ask for both."),
    closed: z
      .boolean()
      .optional()
      .describe(
        'Whether the columns hold only what "values" lists, so that rules can ask only for its names.',
      ),
    replace: z
      .record(z.string(), z.array(z.string()).min(1))
      .optional()
      .describe('Words in values, in lower case -> how the columns may spell them.'),
    prefix: z.string().optional().describe('A prefix that the columns have and the field does not.'),
    convert: z
      .enum(['hashes', 'file-name', 'registry-data', 'hex'])
      .optional()
      .describe('How values and columns are converted to match.'),
    approximate: z.string().optional().describe('How the columns differ from the field; shown as a warning.'),
  }),
]);

/** `mappings/*.yaml`: the tables that hold a Sigma log source, and the columns that hold its fields. */
export const mappingFile = z
  .strictObject({
    mappings: z
      .array(
        z.strictObject({
          logsource: z
            .strictObject({
              category: z.string().min(1).optional().describe('As in the rules, e.g. process_creation.'),
              product: z.string().min(1).optional().describe('As in the rules, e.g. windows.'),
              service: z.string().min(1).optional().describe('As in the rules, e.g. security.'),
            })
            .refine(
              (given) => Object.keys(given).length > 0,
              'a mapping with a category, a product or a service',
            )
            .describe('The logsource of the rules that this is for.'),
          tables: z
            .array(
              z.strictObject({
                table: z.string().min(1).describe('The Advanced Hunting table.'),
                where: z
                  .record(z.string(), z.array(z.string()).min(1))
                  .optional()
                  .describe(
                    'Only rows with one of these values in the column, e.g. ActionType: [FileCreated].',
                  ),
                fields: z
                  .record(z.string(), fieldMapping)
                  .default({})
                  .describe(
                    'Field of the rules -> column. A field that is not listed is the column of its name.',
                  ),
              }),
            )
            .min(1)
            .describe('The tables on which such rules run.'),
        }),
      )
      .min(1)
      .describe(
        'Among the entries that fit the logsource of a rule, the one with the most names is used; among equals, the last.',
      ),
  })
  .describe('Which tables hold a Sigma logsource. These entries take precedence over the built-in ones.');

export type MappingFile = z.infer<typeof mappingFile>;
