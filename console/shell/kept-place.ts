/**
 * Keeps the page that a person wants while they log in elsewhere, in this tab. Browsers send no server what stands behind `#`, and a link of
 * the playground has up to 100,000 characters there, which fit into no cookie.
 */

/** A page of the console. */
export interface Place {
  /** Its path and its parameters: `/console/rules?show=never`. */
  readonly page: string;
  /** With `#`; empty where there is none. */
  readonly fragment: string;
}

const KEY = 'xdr-relay-place';
/** As long as a login with Entra ID may take. Milliseconds. */
const LONGEST_MS = 600_000;

export function keepPlace(place: Place): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...place, until: Date.now() + LONGEST_MS }));
  } catch {
    // A browser that keeps nothing leads to the page without its fragment.
  }
}

/** Undefined where none is kept, or none that was kept in the last ten minutes. */
export function keptPlace(): Place | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const [page, fragment, until] = ['page', 'fragment', 'until'].map((name) => Reflect.get(kept, name));
    const isPlace = typeof page === 'string' && typeof fragment === 'string' && Number(until) > Date.now();
    return isPlace ? { page, fragment } : undefined;
  } catch {
    return undefined;
  }
}

export function forgetPlace(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Then nothing was kept.
  }
}
