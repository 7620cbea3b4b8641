/** Derives the table of a row from its category. */

const PREFIX = 'AdvancedHunting-';

/** The Advanced Hunting table that a category names. */
export function tableOf(category: string): string {
  return category.startsWith(PREFIX) ? category.slice(PREFIX.length) : category;
}
