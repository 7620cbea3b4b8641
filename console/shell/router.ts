/** Which page is shown: the browser's address below /console/, and its history. */
import { signal } from '@preact/signals';
import { forgetPlace, keepPlace, keptPlace, type Place } from './kept-place.ts';

/** The folder of all pages, also of the console's API. */
export const BASE = '/console/';

export interface Route {
  /** The page: `rules`. Empty for the first page. */
  readonly page: string;
  /** The address' parameters. */
  readonly query: URLSearchParams;
}

export const route = signal<Route>(readRoute());

/** Follows the browser's buttons, and links of the page to other pages of the console. */
export function startRouter(): void {
  restoreFragment();
  addEventListener('popstate', () => {
    route.value = readRoute();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : undefined;
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !isPage(url.pathname)) return;
    event.preventDefault();
    // A link into the page moves the focus alone: the address may have the state of a playground behind its `#`.
    if (link.getAttribute('href')?.startsWith('#')) document.getElementById(url.hash.slice(1))?.focus();
    else navigate(url.pathname + url.search);
  });
}

/** The address of a page, with parameters; those that are undefined or empty are left out. */
export function pageHref(page: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const kept = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(kept).toString();
  return BASE + page + (search && `?${search}`);
}

/** Opens a page of the console. `replace` leaves no step in the history: for filters that are typed. */
export function navigate(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  route.value = readRoute();
}

/**
 * The page that a login leads to: on the login page that of `?to=`, or the one from which a login went out that failed; else the page that is
 * open. Never another place than a page of the console.
 */
export function wantedPlace(): Place {
  if (!route.value.page.startsWith('login')) return openPlace();
  const kept = keptPlace();
  const to = route.value.query.get('to') ?? kept?.page ?? pageHref('');
  const url = URL.parse(to, location.origin);
  if (url?.origin !== location.origin || !isPage(url.pathname)) return { page: pageHref(''), fragment: '' };
  const page = url.pathname + url.search;
  return { page, fragment: url.hash || (kept?.page === page ? kept.fragment : '') };
}

/** Called when the person leaves for a login that comes back to {@link wantedPlace}. */
export function leaveForLogin(): void {
  keepPlace(wantedPlace());
}

/** The login page, which leads back to where the person is: call {@link leaveForLogin} when it is opened. */
export function loginHref(): string {
  return pageHref('login', { to: wantedPlace().page });
}

function openPlace(): Place {
  return { page: location.pathname + location.search, fragment: location.hash };
}

/** A login elsewhere comes back without what stood behind `#`. */
function restoreFragment(): void {
  if (route.value.page.startsWith('login')) return;
  const kept = keptPlace();
  forgetPlace();
  const { page, fragment } = openPlace();
  if (kept?.page === page && kept.fragment !== '' && fragment === '') {
    history.replaceState(history.state, '', kept.fragment);
  }
}

function readRoute(): Route {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : '';
  return { page: path.replace(/\/+$/, ''), query: new URLSearchParams(location.search) };
}

/** Assets, the API and the ways in and out belong to the server. */
function isPage(path: string): boolean {
  return (
    path.startsWith(BASE) && !/^\/console\/(?:api\/|assets\/|log(?:in|out)(?:$|\/)|callback$)/.test(path)
  );
}
