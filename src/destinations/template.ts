/** Files that create at a product what a destination needs there: tables, rules, index templates. */
import type { Shape } from './shapes.ts';

/** A table whose rows are sent, with Defender's columns. */
export interface TemplateTable {
  /** As Microsoft writes it. */
  readonly name: string;
  /** Kusto's types by column. */
  readonly columns: ReadonlyMap<string, string>;
}

/** What is to be created. */
export interface TemplateRequest {
  readonly tables: readonly TemplateTable[];
  /** Undefined: the shape that the destination has by default. */
  readonly shape: Shape | undefined;
}

/** A file for the product's own tools. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
  /** What to do with it: a sentence, or a command line. */
  readonly use: string;
}

export type Template = (request: TemplateRequest) => readonly TemplateFile[];
