/** What the columns of Advanced Hunting hold, in a sentence, with an example. */

export interface ColumnGuide {
  readonly about: string;
  readonly example?: string;
}

/** Undefined for a column of which nothing is written here. */
export function columnGuide(name: string): ColumnGuide | undefined {
  void name;
  return undefined;
}
