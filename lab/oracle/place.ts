/** The name by which oracle, receivers and writers identify a row: its blob and offset, so that two copies of one row are two rows. */

/** `<container>/<name>@<offset>` */
export type Place = string;

export function placeOf(blob: string, offset: number): Place {
  return `${blob}@${offset}`;
}
