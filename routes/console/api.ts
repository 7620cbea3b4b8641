/** The data and the acts of the console's pages: GET and POST under /console/api/. */
import { type Context, Hono } from 'hono';
import type { z } from 'zod';
import type { Person } from '../../src/console/access/people.ts';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import type { Act, ConsoleContext, View } from '../../src/console/page.ts';
import { DeadlineError, withDeadline } from '../../src/shared/deadline.ts';
import { codeOf, RelayError } from '../../src/shared/errors.ts';
import { refuse } from '../answers.ts';
import type { ConsoleDeps } from './deps.ts';
import { refuseError, refuseLogin, refuseMethod, refuseRate, refuseRole } from './refusals.ts';
import { addressOf, askerOf, jsonOf, personIn } from './request.ts';

/** A view is asked for every few seconds; what takes longer has failed. Milliseconds. */
const VIEW_MS = 20_000;
/** An act may send what was dead letters. Milliseconds. */
const ACT_MS = 60_000;
/** Longer answers would hold the browser, and a Worker's memory. Characters. */
const MAX_ANSWER = 8 * 1024 * 1024;

export function apiRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono();
  app.get('/session', (c) => c.json(sessionOf(personIn(c, deps), deps)));
  for (const view of deps.views) app.get(`/${view.path}`, (c) => answerView(c, view, deps));
  for (const act of deps.acts) app.post(`/${act.path}`, (c) => answerAct(c, act, deps));
  for (const { path } of [...deps.views, { path: 'session' }]) {
    if (!deps.acts.some((act) => act.path === path)) app.all(`/${path}`, (c) => refuseMethod(c, 'GET, HEAD'));
  }
  for (const { path } of deps.acts) app.all(`/${path}`, (c) => refuseMethod(c, 'POST'));
  app.all('*', (c) => refuse(c, 404, { code: 'not_found', message: 'There is nothing here.' }));
  return app;
}

function sessionOf(person: Person | undefined, { page, host }: ConsoleDeps): SessionAnswer {
  const { login, rows, capture } = page;
  const logins = [
    ...(login && login.keys.length > 0 ? (['key'] as const) : []),
    ...(login?.entra ? (['entra'] as const) : []),
  ];
  if (!person) return { viewer: null, logins, allowed: { rows: false, capture: false, acts: false } };
  const { viewer, by, until } = person;
  const acts = viewer.role === 'operator';
  return {
    viewer: { ...viewer, by, ...(until !== undefined && { until: new Date(until).toISOString() }) },
    logins,
    allowed: { rows: rows.show, capture: capture && rows.show && acts, acts },
    version: host.version,
  };
}

async function answerView(c: Context, view: View, deps: ConsoleDeps): Promise<Response> {
  const person = personIn(c, deps);
  if (!person) return refuseLogin(c);
  const waitMs = deps.state.rates.reads.take(askerFor(c, person, deps));
  if (waitMs > 0) return refuseRate(c, waitMs);
  const given = c.req.queries();
  const query = Object.fromEntries(Object.entries(given).map(([name, values]) => [name, values[0]]));
  const parsed = view.query.safeParse(query);
  if (!parsed.success || Object.values(given).some((values) => values.length > 1)) {
    return refuse(c, 400, {
      code: 'request_invalid',
      message: `The query is not valid${whatIs(parsed.error)}`,
    });
  }
  const { logger } = deps.services;
  try {
    const isShared = view.keptMs > 0;
    const make = () =>
      limited(VIEW_MS, isShared ? undefined : c.req.raw.signal, deps, (signal) =>
        inTurn(deps, signal, () => view.read(query, contextOf(person, signal, deps))),
      );
    const question = `${view.path}?${JSON.stringify(Object.entries(query).toSorted())}`;
    const answer = isShared ? await deps.state.kept.get(question, view.keptMs, make) : await make();
    if (answer !== undefined) return jsonText(c, answer);
    const message = 'Another request is finding that out; ask again in a second.';
    return refuse(c, 503, { code: 'busy', message }, { 'retry-after': '1' });
  } catch (error) {
    return refuseError(c, error, logger, deps.host.secrets);
  }
}

async function answerAct(c: Context, act: Act, deps: ConsoleDeps): Promise<Response> {
  const person = personIn(c, deps);
  if (!person) return refuseLogin(c);
  const { name: who, role } = person.viewer;
  const address = addressOf(c, deps);
  const tell = (what: string, result: 'done' | 'failed' | 'refused', code?: ReturnType<typeof codeOf>) =>
    deps.audit.tell({ who, id: person.id, address, what, result, code });
  const waitMs = deps.state.rates.acts.take(`${person.by} ${person.id ?? who}`);
  if (waitMs > 0) return refuseRate(c, waitMs);
  if (role !== 'operator') {
    await tell(`asks for ${act.path}`, 'refused', 'role_needed');
    return refuseRole(c);
  }
  const json = await jsonOf(c, deps);
  if ('refused' in json) return json.refused;
  const parsed = act.body.safeParse(json.value);
  if (!parsed.success) {
    return refuse(c, 400, {
      code: 'request_invalid',
      message: `The body is not valid${whatIs(parsed.error)}`,
    });
  }
  const what = act.describe(json.value);
  deps.audit.begins({ who, id: person.id, address, what });
  try {
    // An act goes on when the browser has gone: half of it would help nobody.
    const answer = await limited(ACT_MS, undefined, deps, (signal) =>
      act.run(json.value, contextOf(person, signal, deps)),
    );
    await tell(what, 'done');
    return jsonText(c, answer);
  } catch (error) {
    await tell(what, 'failed', codeOf(error) ?? 'internal_error');
    return refuseError(c, error, deps.services.logger, deps.host.secrets);
  } finally {
    deps.state.kept.clear();
  }
}

async function limited(
  ms: number,
  signal: AbortSignal | undefined,
  { services }: ConsoleDeps,
  work: (signal: AbortSignal) => Promise<object>,
): Promise<string> {
  try {
    const text = JSON.stringify(await withDeadline(ms, signal, work, services.clock));
    if (text.length <= MAX_ANSWER) return text;
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new RelayError('timeout', `That took longer than ${ms / 1000} s.`, { cause: error });
  }
  throw new RelayError('too_large', 'The answer is too large: ask for less of it.');
}

/** Makes a view when others are done. Throws `busy` where too many wait. */
async function inTurn(
  { state }: ConsoleDeps,
  signal: AbortSignal,
  work: () => Promise<object>,
): Promise<object> {
  const { turns } = state;
  const answer = turns ? await turns.take(work, signal) : await work();
  if (answer !== undefined) return answer;
  throw new RelayError(
    'busy',
    'The console has more requests than it can answer: ask again in a few seconds.',
  );
}

function contextOf(person: Person, signal: AbortSignal, deps: ConsoleDeps): ConsoleContext {
  const { config, ports, services, host, state } = deps;
  return { config, ports, services, host, activity: state.activity, viewer: person.viewer, signal };
}

function askerFor(c: Context, person: Person, deps: ConsoleDeps): string {
  return person.by === 'none'
    ? askerOf(addressOf(c, deps))
    : `${person.by} ${person.id ?? person.viewer.name}`;
}

/** What zod says about the first mistake: the names of keys, and no values. */
function whatIs(error: z.ZodError | undefined): string {
  const [issue] = error?.issues ?? [];
  if (!issue) return '.';
  const at = issue.path.map(String).join('.').slice(0, 100);
  return `: ${at === '' ? '' : `${at}: `}${issue.message.slice(0, 200)}`;
}

const jsonText = (c: Context, text: string) => c.body(text, 200, { 'content-type': 'application/json' });
