/** Makes the relay.yaml of a relay whose storage account and destinations are on this machine. */

/** What relay.yaml is made from. */
export interface RelayConfigSource {
  readonly transforms: string;
  readonly secrets: RelaySecrets;
  /** The entries of `destinations`, by name. Secrets in them stand as `${NAME}`. */
  readonly destinations: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly routing: Routing;
  /** Serves the web console on a free port, with rows and without a login, and measures columns for it. */
  readonly hasConsole?: boolean;
}

/** The environment variables of the relay: those that every relay.yaml names, and those of the destinations. */
export interface RelaySecrets extends Readonly<Record<string, string>> {
  readonly LAB_STORAGE: string;
  readonly LAB_ENDPOINT_KEY: string;
  readonly LAB_HASH_KEY: string;
}

/** Which destination gets what: the rules' context. */
export interface Routing {
  /** The names of all destinations. */
  readonly destinations: readonly string[];
  readonly defaultDestinations: readonly string[];
  readonly alerts: readonly { readonly levels: readonly Level[]; readonly to: readonly string[] }[];
}

type Level = 'low' | 'medium' | 'high' | 'critical';

/**
 * Sends every row to each destination for machines, alerts to people, and alerts to machines.
 *
 * @param people are told of alerts of at least the level medium.
 * @param alerted those of `machines` that get a record for each alert, too.
 */
export function routingOf(
  machines: readonly string[],
  people: readonly string[],
  alerted: readonly string[],
): Routing {
  const alerts: Routing['alerts'] = [
    { levels: ['medium', 'high', 'critical'], to: people },
    { levels: ['low', 'medium', 'high', 'critical'], to: alerted },
  ];
  return {
    destinations: [...machines, ...people],
    defaultDestinations: machines,
    alerts: alerts.filter(({ to }) => to.length > 0),
  };
}

/** How an entry of relay.yaml names an environment variable. */
export const variable = (name: string): string => `\${${name}}`;

const list = (items: readonly string[]) => `[${items.join(', ')}]`;

/** The text of relay.yaml, with a storage account on loopback and short delays. */
export function relayYaml({
  transforms,
  destinations,
  routing,
  hasConsole = false,
}: RelayConfigSource): string {
  const entries = Object.entries(destinations).map(([name, entry]) => `  ${name}: ${JSON.stringify(entry)}`);
  const alerts = routing.alerts.map(
    ({ levels, to }) => `  - { levels: ${list(levels)}, to: ${list(to)}, window: 5m, repeat: 10s }`,
  );
  const page = hasConsole
    ? 'console: { port: 0, rows: { show: true } }\ntelemetry: { columns: { sample: 0.05 } }\n'
    : '';
  return `# Made by lab/relay-config.ts.
storage:
  connection_string: \${LAB_STORAGE}
server:
  host: 127.0.0.1
  port: 0
  keys: ["\${LAB_ENDPOINT_KEY}"]
tail:
  poll_min: 500ms
  poll_max: 2s
transforms: ${JSON.stringify(transforms)}
destinations:
${entries.join('\n')}
default_destinations: ${list(routing.defaultDestinations)}
${alerts.length === 0 ? '' : `alerts:\n${alerts.join('\n')}\n`}variables:
  HASH_KEY: \${LAB_HASH_KEY}
${page}`;
}
