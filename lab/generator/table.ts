/** What the generator knows of each table. */
import type { Columns } from './columns.ts';
import type { World } from './world.ts';

/** One Advanced Hunting table: its name, how common it is, and what its rows look like on a quiet day. */
export interface Table {
  readonly name: string;
  /** How many of a thousand everyday rows are this table's, about. */
  readonly share: number;
  /**
   * A row that nobody need look at.
   *
   * @param at When it happened, milliseconds since the epoch.
   */
  everyday(world: World, at: number): Columns;
}
