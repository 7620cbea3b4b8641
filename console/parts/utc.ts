/** Times that a person types, which are in UTC as all times of the console. */

/** Ms since the epoch of what a field `datetime-local` holds; undefined where it holds no time. */
export function instantOf(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(at) || at < 0 ? undefined : at;
}

/** What the field holds for a time; empty for none. */
export function fieldOf(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString().slice(0, 16);
}
