/** What the console's pages are made of: views, which answer a question, and acts, which change something. */
import type { z } from 'zod';
import type { RelayConfig } from '../config/schema.ts';
import type { Destination } from '../destinations/port.ts';
import type { Activity } from '../relay/activity/activity.ts';
import type { OpenDoctor } from '../relay/doctor/open.ts';
import type { HostServices, RelayPorts } from '../relay/ports.ts';
import type { RuleFile } from '../rules/rule-file.ts';
import type { RuleSet } from '../rules/ruleset.ts';
import type { Kept } from '../shared/kept.ts';
import type { ListedSet } from './rules/listed.ts';

/** `operator` may also change things. */
export type Role = 'viewer' | 'operator';

/** The person who asks. */
export interface Viewer {
  /** For the audit log: the name of a key, or the user name in Entra ID. */
  readonly name: string;
  readonly role: Role;
}

/** What only the host can do for a page. */
export interface ConsoleHost {
  /** The version of xdr-relay. */
  readonly version: string;
  /** Makes the destinations of relay.yaml for one request. The caller closes each of them. */
  destinations(config: RelayConfig): ReadonlyMap<string, Destination>;
  /** The rules in force. Rejects with the errors of the host's own rules while none can be used. */
  rules(): Promise<RuleSet>;
  /** Values that no page shows, longest first: also those of keys that are no secrets, where they come from a file or Key Vault. */
  readonly secrets: readonly string[];
  /** What one request of an act may do: the browser repeats it for the rest. */
  readonly most: ActLimits;
  /** The rule files that lie in the folders, the container or the bundle now. Throws RelayError. Absent: the host cannot read them. */
  ruleFiles?(
    parts: Pick<ConsoleContext, 'config' | 'ports'>,
    signal: AbortSignal,
  ): Promise<{ readonly place: string; readonly files: readonly RuleFile[] }>;
  /** Compiles a set for the page that lists it, away from the thread that moves rows. Never rejects. Absent: it is compiled at once. */
  listRules?(files: readonly RuleFile[], config: RelayConfig): Promise<ListedSet>;
  /** Larger sets of rules are not compiled for a page, lists not counted. Characters; absent: all are. */
  readonly mostRuleBytes?: number;
  /** By the id of a check of the doctor that cannot run on this host, why: a sentence. */
  readonly checksNotRun?: Readonly<Record<string, string>>;
  /** What the checks of the doctor work with. The caller closes it. Absent: none can run. */
  doctor?(
    parts: Pick<ConsoleContext, 'config' | 'ports' | 'services'>,
    options: { readonly send: boolean },
  ): OpenDoctor;
}

/** A Worker's request has fewer requests to others than a process of Node. */
export interface ActLimits {
  /** Dead letters that are sent again or removed. */
  readonly letters: number;
  /** Milliseconds after which no further work is begun. */
  readonly ms: number;
}

/** What a view or an act works with. */
export interface ConsoleContext {
  /** The configuration in force. */
  readonly config: RelayConfig;
  readonly ports: RelayPorts;
  readonly services: HostServices;
  readonly host: ConsoleHost;
  /** What all processes did, as it was read last. Views get it from `activityOf`. */
  readonly activity: Kept<Activity>;
  readonly viewer: Viewer;
  /** Aborted when the person has gone, or the request takes too long. */
  readonly signal: AbortSignal;
}

/** Answers `GET /console/api/<path>`. */
export interface View<Q = unknown> {
  /** `now`, `dead-letters/letter`. */
  readonly path: string;
  /** The parameters of the query, each a string. Strict: an unknown parameter is refused. */
  readonly query: z.ZodType<Q>;
  /** Milliseconds for which one answer serves all who ask the same; 0 for answers that depend on the person. */
  readonly keptMs: number;
  /** Resolves with an object that JSON can hold. Throws a RelayError, whose code and message are answered. */
  read(query: Q, context: ConsoleContext): Promise<object>;
}

/** Answers `POST /console/api/<path>`, for operators alone. Each call is a line in the audit log, whether it works or not. */
export interface Act<B = unknown> {
  /** `destinations/reset`. */
  readonly path: string;
  /** The body, as JSON. */
  readonly body: z.ZodType<B>;
  /** What the audit log says that the person did, without secrets and without text of rows: `resets the destination splunk`. */
  describe(body: B): string;
  /** As {@link View.read}. */
  run(body: B, context: ConsoleContext): Promise<object>;
}

/** A view for the list of all views: what it reads of the query is its own affair. */
export function view<Q>(one: View<Q>): View {
  return { ...one, read: (query, context) => one.read(one.query.parse(query), context) };
}

/** An act for the list of all acts. */
export function act<B>(one: Act<B>): Act {
  return {
    ...one,
    describe: (body) => one.describe(one.body.parse(body)),
    run: (body, context) => one.run(one.body.parse(body), context),
  };
}
