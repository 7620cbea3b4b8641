/** Asks the relay: views by polling, acts once. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { BASE } from './shell/router.ts';

/** The parameters of a view; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Why the relay did not answer, or refused. `status` is 0 where there was no reply. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

/** What a page has of a view. */
export interface Loaded<T> {
  /** The last good answer; undefined before the first. It stays while later requests fail. */
  readonly data: T | undefined;
  /** When that answer came, ms since the epoch. */
  readonly at: number | undefined;
  /** Why the last request failed; undefined after an answer. */
  readonly error: ApiError | undefined;
  /** Asks again now: after an act, for instance. */
  readonly reload: () => void;
}

/** A view may take this long, an act longer. Milliseconds. */
const VIEW_MS = 30_000;
const ACT_MS = 120_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Keeps a view's answer up to date: asks at once and then `everyMs` after each answer, one request at a time, and not while the tab is
 * hidden. After an error the pause doubles, up to a minute. Another path or query begins anew. `everyMs` 0 asks once.
 */
export function useView<T extends object>(path: string, query: Query = {}, everyMs = 15_000): Loaded<T> {
  const key = viewAddress(path, query);
  const state = useSignal<Omit<Loaded<T>, 'reload'> & { readonly key: string }>(nothing(key));
  const again = useRef<() => void>(() => {});
  useEffect(() => {
    if (state.peek().key !== key) state.value = nothing(key);
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    let askAgain = false;
    let failures = 0;
    const ask = async () => {
      clearTimeout(timer);
      askAgain = asking;
      if (asking || ended.signal.aborted) return;
      asking = true;
      try {
        const data = await readView<T>(path, query, ended.signal);
        failures = 0;
        state.value = { key, data, at: Date.now(), error: undefined };
      } catch (error) {
        if (ended.signal.aborted) return;
        failures += 1;
        state.value = { ...state.peek(), error: apiError(error) };
      } finally {
        asking = false;
      }
      if (askAgain) void ask();
      else if (everyMs > 0 && !document.hidden) {
        timer = setTimeout(ask, Math.max(everyMs, Math.min(everyMs * 2 ** failures, LONGEST_PAUSE_MS)));
      }
    };
    const onVisible = () => {
      if (!document.hidden && everyMs > 0) void ask();
    };
    again.current = () => void ask();
    document.addEventListener('visibilitychange', onVisible);
    void ask();
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
    // The key stands for the path and the query.
  }, [key, everyMs]);
  const reload = useCallback(() => again.current(), []);
  const { data, at, error } = state.value.key === key ? state.value : nothing<T>(key);
  return { data, at, error, reload };
}

/** One answer of a view. Throws an ApiError. */
export async function readView<T extends object>(
  path: string,
  query: Query = {},
  signal?: AbortSignal,
): Promise<T> {
  const timeout = AbortSignal.timeout(VIEW_MS);
  return await exchange<T>(viewAddress(path, query), {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
}

/** Does something, and resolves with what the relay says about it. Throws an ApiError, also for viewers. */
export async function sendAct<T extends object>(path: string, body: object): Promise<T> {
  return await post<T>(`api/${path}`, body);
}

/** As {@link sendAct}, to an address below /console/. */
export async function post<T extends object>(path: string, body: object): Promise<T> {
  return await exchange<T>(BASE + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ACT_MS),
  });
}

/** Any error as one that a page can show. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
  const message = timedOut
    ? 'The relay did not answer in time.'
    : 'The relay cannot be reached. It may have been stopped, or the network is down.';
  return new ApiError(timedOut ? 'timeout' : 'unreachable', message, 0);
}

async function exchange<T extends object>(address: string, init: RequestInit): Promise<T> {
  const response = await fetch(address, { ...init, credentials: 'same-origin', redirect: 'error' });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusal(response.status, body);
  if (typeof body !== 'object' || body === null) {
    throw new ApiError(
      'no_answer',
      'What answered is not the relay: a proxy may stand between.',
      response.status,
    );
  }
  // The server's views are typed by the same model.
  return body as T;
}

function refusal(status: number, body: unknown): ApiError {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const said = typeof error === 'object' && error !== null ? error : {};
  const code = 'code' in said && typeof said.code === 'string' ? said.code : `http_${status}`;
  const message =
    'message' in said && typeof said.message === 'string'
      ? said.message
      : `The relay answered with HTTP ${status}.`;
  return new ApiError(code, message, status);
}

function viewAddress(path: string, query: Query): string {
  const kept = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = new URLSearchParams(kept).toString();
  return `${BASE}api/${path}${search && `?${search}`}`;
}

function nothing<T>(key: string): Omit<Loaded<T>, 'reload'> & { readonly key: string } {
  return { key, data: undefined, at: undefined, error: undefined };
}
