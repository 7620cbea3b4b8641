/** The interface of the generator's tables. */
import type { Columns } from './columns.ts';
import type { World } from './world.ts';

/** One Advanced Hunting table: its name, its frequency, and its everyday rows. */
export interface Table {
  readonly name: string;
  /** About how many of a thousand everyday rows belong to this table. */
  readonly share: number;
  /**
   * Makes a row of everyday activity.
   *
   * @param at When it happened, milliseconds since the epoch.
   */
  everyday(world: World, at: number): Columns;
}
