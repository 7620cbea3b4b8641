/** How oracle, receivers and writers name a row: by its place, blob and offset, so that two copies of one row are two rows. */

/** `<container>/<name>@<offset>` */
export type Place = string;

export function placeOf(blob: string, offset: number): Place {
  return `${blob}@${offset}`;
}
