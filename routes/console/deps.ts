/** What the routes of the console work with. */
import type { Context } from 'hono';
import type { ConsoleConfig } from '../../src/config/console.ts';
import type { EntraLogin } from '../../src/console/access/entra.ts';
import type { Rates } from '../../src/console/access/rates.ts';
import type { AuditLog } from '../../src/console/audit/log.ts';
import type { Act, ConsoleContext, View } from '../../src/console/page.ts';
import type { KeptViews } from './kept-views.ts';
import type { Turns } from './turns.ts';

/** A file of the built console. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** `br` or `gzip`, where the body is compressed. */
  readonly encoding?: string;
}

/** The built console, on disk or in Cloudflare's static assets. */
export interface ConsoleAssets {
  /**
   * A file; undefined where there is none of this name.
   *
   * @param path below the folder: `index.html`, `assets/index-4f1c.js`.
   * @param accepts whether the browser reads this encoding.
   */
  find(path: string, accepts: (encoding: string) => boolean): Promise<Asset | undefined>;
}

/** What outlives a change of relay.yaml: of the process, or of a Worker's isolate. */
export interface ConsoleState {
  readonly kept: KeptViews;
  readonly activity: ConsoleContext['activity'];
  readonly rates: ConsoleRates;
  /** Absent on Workers, where a request cannot wait for another one. */
  readonly turns?: Turns;
  /** The states of logins that have come back, so that none does twice. */
  readonly used: Set<string>;
}

export interface ConsoleRates {
  /** Logins from one address. */
  readonly loginsOfOne: Rates;
  /** Logins of all addresses, by way: keys, Entra ID. */
  readonly logins: Rates;
  /** Acts of one person. */
  readonly acts: Rates;
  /** Requests for data of one person, or from one address. */
  readonly reads: Rates;
}

export interface ConsoleDeps {
  readonly config: ConsoleContext['config'];
  readonly page: ConsoleConfig;
  readonly ports: ConsoleContext['ports'];
  readonly services: ConsoleContext['services'];
  readonly host: ConsoleContext['host'];
  readonly assets: ConsoleAssets;
  readonly state: ConsoleState;
  readonly audit: AuditLog;
  readonly views: readonly View[];
  readonly acts: readonly Act[];
  /** Loads what logs in with Entra ID; resolves to undefined where relay.yaml does not ask for it. */
  readonly entra: () => Promise<EntraLogin | undefined>;
  /** The address that the connection comes from; undefined where the host does not know it. */
  readonly address: (c: Context) => string | undefined;
}
