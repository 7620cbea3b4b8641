/** The console, wired for both hosts. */
import type { ConsoleAssets, ConsoleDeps, ConsoleState } from '../../routes/console/deps.ts';
import { KeptViews } from '../../routes/console/kept-views.ts';
import { Turns } from '../../routes/console/turns.ts';
import type { ConsoleConfig } from '../config/console.ts';
import type { RelayConfig } from '../config/schema.ts';
import type { EntraDeps, EntraLogin } from '../console/access/entra.ts';
import { Rates } from '../console/access/rates.ts';
import { keptActivity } from '../console/activity.ts';
import { AuditLog } from '../console/audit/log.ts';
import type { ConsoleHost } from '../console/page.ts';
import { ACTS, VIEWS } from '../console/pages.ts';
import type { HostServices, RelayPorts } from '../relay/ports.ts';
import type { Clock } from '../shared/clock.ts';

const MINUTE_MS = 60_000;

/**
 * What the console keeps from one request to the next, in a process or an isolate. On Workers each isolate has limits of its own.
 *
 * @param shares see Kept: false on Workers.
 */
export function consoleState(clock: Clock, { shares }: { readonly shares: boolean }): ConsoleState {
  const rates = (most: number) => new Rates({ most, periodMs: MINUTE_MS }, clock);
  return {
    // An isolate of a Worker has 128 MB.
    kept: new KeptViews({ clock, shares, most: shares ? 64 : 8 }),
    activity: keptActivity(clock, { shares }),
    // A page asks for some views every five seconds, and a person has some of them open.
    rates: { loginsOfOne: rates(10), logins: rates(120), acts: rates(60), reads: rates(600) },
    used: new Set(),
    ...(shares && { turns: new Turns() }),
  };
}

export interface ConsoleParts {
  /** The configuration in force. */
  readonly config: RelayConfig;
  /** Its `console`. */
  readonly page: ConsoleConfig;
  readonly ports: RelayPorts;
  readonly services: HostServices;
  readonly host: ConsoleHost;
  readonly assets: ConsoleAssets;
  readonly state: ConsoleState;
  readonly entra: ConsoleDeps['entra'];
}

/** What the routes of the console work with. */
export function consoleDeps(parts: ConsoleParts): ConsoleDeps {
  const { ports, services } = parts;
  return {
    ...parts,
    audit: new AuditLog({ ...services, documents: ports.documents }),
    views: VIEWS,
    acts: ACTS,
    address: ({ env }) => addressIn(env),
  };
}

/** The login with Entra ID, made at the first one: most processes see none, and jose takes about 25 ms of a start. */
export function entraWhenNeeded(config: RelayConfig, deps: EntraDeps): ConsoleDeps['entra'] {
  let made: EntraLogin | undefined;
  return async () => {
    const { entraLogin } = await import('../console/access/entra.ts');
    made ??= entraLogin(config, deps);
    return made;
  };
}

/** The host passes it to the application beside the request. */
function addressIn(env: unknown): string | undefined {
  const isThere = typeof env === 'object' && env !== null && 'address' in env;
  return isThere && typeof env.address === 'string' ? env.address : undefined;
}
