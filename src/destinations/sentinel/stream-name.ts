/** Names of streams of a data collection rule (Microsoft Learn, "Structure of a data collection rule", stream declarations). */

export const STREAM = /^Custom-\w{1,100}$/;
const PLACEHOLDER = '{table}';
/** Of a table in the name. Characters. */
const LONGEST_TABLE = 90;

/** What is wrong with `stream`; undefined where it names a stream for every table. */
export function streamMistake(template: string): string | undefined {
  return STREAM.test(template.replaceAll(PLACEHOLDER, 'DeviceEvents'))
    ? undefined
    : 'Custom- and letters, digits and `_`, with `{table}` for the table';
}

/** The stream of a table's rows. What is no letter of a name becomes `_`: a table of an own blob may be called anything. */
export function streamOf(template: string, table: string): string {
  const part = table.replaceAll(/\W/g, '_').slice(0, LONGEST_TABLE);
  return template.replaceAll(PLACEHOLDER, part === '' ? '_' : part);
}
