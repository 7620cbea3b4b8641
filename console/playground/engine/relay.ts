/** Reads the part of relay.yaml that rules and destinations need: the same schemas, checks and sentences as `config --check`. */
import { z } from 'zod';
import { fillInFile, RELAY_YAML } from '../../../src/config/document.ts';
import { filingContext, filingOf } from '../../../src/config/filing-context.ts';
import {
  alertRoutesConfig,
  defaultDestinationsConfig,
  linksConfig,
  variablesConfig,
} from '../../../src/config/routing-schema.ts';
import { visitSecrets } from '../../../src/config/secret-keys.ts';
import { configName } from '../../../src/destinations/common.ts';
import type { Descriptor } from '../../../src/destinations/descriptor.ts';
import type { DestinationConfig } from '../../../src/destinations/list.ts';
import { readingOf } from '../../../src/destinations/reading-of.ts';
import type { Diagnostic, Finding } from '../../../src/diagnostics/diagnostic.ts';
import { findingsOf } from '../../../src/diagnostics/issues.ts';
import { type Path, pointer, valueAt } from '../../../src/diagnostics/path.ts';
import { unknownDestination } from '../../../src/diagnostics/sentences.ts';
import type { Data } from '../../../src/diagnostics/yaml/data.ts';
import { type DataFile, inPlace, readDataFile } from '../../../src/diagnostics/yaml/file.ts';
import type { RuleContext } from '../../../src/rules/ruleset.ts';
import { madeUpValues } from './made-up.ts';
import { RELAY_FILE } from './messages.ts';
import { type Described, descriptorsOf, TYPES } from './types.ts';

/** An entry of `destinations:` that its schema accepts. */
export interface Entry {
  readonly name: string;
  readonly config: DestinationConfig;
  readonly descriptor: Descriptor;
}

export interface RelayPart {
  readonly entries: readonly Entry[];
  readonly context: RuleContext;
  readonly links: Readonly<Record<string, string>>;
}

export interface ReadRelay {
  /** Absent where a finding is an error. */
  readonly part: RelayPart | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** For completion. */
  readonly schema: z.ZodType;
  /** The places of secrets that the text has written out, in the text's order. */
  readonly literals: readonly { readonly from: number; readonly to: number; readonly name: string }[];
}

/** The keys of a whole relay.yaml that mean nothing here: a pasted one is taken as it is. */
const ELSEWHERE = [
  'cloud',
  'console',
  'dead_letters',
  'defender_alerts',
  'delivery',
  'key_vault',
  'key_vault_refresh',
  'limits',
  'list_feeds',
  'log',
  'monitoring',
  'operational',
  'queue',
  'server',
  'sources',
  'state',
  'storage',
  'sweep',
  'tail',
  'telemetry',
  'transforms',
  'transforms_container',
  'transforms_poll',
] as const;

const ignored = Object.fromEntries(
  ELSEWHERE.map((key) => [key, z.unknown().describe('Has no effect in the playground.').optional()]),
);

/** Reads and checks the text. Never throws on what it holds. */
export async function readRelay(text: string): Promise<ReadRelay> {
  const read = readDataFile({ path: RELAY_FILE, text }, RELAY_YAML);
  const descriptors = await descriptorsOf(read.file ? typesIn(read.file.data) : []);
  const schema = schemaWith(descriptors);
  if (!read.file || read.file.unreadable) {
    return { part: undefined, diagnostics: read.diagnostics, schema, literals: [] };
  }
  const { file } = read;
  const given = madeUpValues(file.data, (type) => descriptors.get(type)?.least);
  const { data, diagnostics: unfilled } = fillInFile(file, text, given);
  const parsed = schema.safeParse(data);
  const findings = [...findingsOf(parsed.error?.issues ?? [], { schema, data, at: [] }), ...namesIn(data)];
  const diagnostics = [...read.diagnostics, ...unfilled, ...inPlace(findings, file)];
  const literals = literalsIn(file, schema);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  if (failed || !parsed.data) return { part: undefined, diagnostics, schema, literals };
  const { destinations, default_destinations, alerts, links, variables } = parsed.data;
  const entries = Object.keys(destinations).flatMap((name): Entry[] => {
    const written = valueAt(data, ['destinations', name]);
    const descriptor = descriptors.get(typeOf(written) ?? '');
    const config = descriptor?.config.safeParse(written).data;
    return descriptor && config ? [{ name, config, descriptor }] : [];
  });
  const context: RuleContext = {
    destinations: Object.keys(destinations),
    defaultDestinations: default_destinations,
    alerts,
    variables,
    reading: Object.fromEntries(
      entries.map(({ name, descriptor, config }) => [name, readingOf(descriptor, config)]),
    ),
    ...filingContext(entries.map(({ name, descriptor, config }) => filingOf(name, descriptor, config))),
    now: () => Date.now(),
  };
  return { part: { entries, context, links }, diagnostics, schema, literals };
}

/** The schema with the types that were loaded; of the others only the name is known. */
function schemaWith(descriptors: ReadonlyMap<string, Described>) {
  const [first, ...others] = TYPES.map(
    (type) => descriptors.get(type)?.config ?? z.looseObject({ type: z.literal(type) }),
  );
  if (first === undefined) throw new TypeError('there are no types of destinations');
  return z.strictObject({
    destinations: z
      .record(configName, z.discriminatedUnion('type', [first, ...others]))
      .describe('Where events and alerts go, under names of your choice.'),
    default_destinations: defaultDestinationsConfig,
    alerts: alertRoutesConfig,
    links: linksConfig,
    variables: variablesConfig,
    ...ignored,
  });
}

function typesIn(data: Data): readonly string[] {
  const destinations = valueAt(data, ['destinations']);
  if (typeof destinations !== 'object' || destinations === null) return [];
  return Object.values(destinations).flatMap((entry) => typeOf(entry) ?? []);
}

function typeOf(entry: unknown): string | undefined {
  return typeof entry === 'object' && entry !== null && 'type' in entry && typeof entry.type === 'string'
    ? entry.type
    : undefined;
}

/** The names in `default_destinations` and `alerts` that no destination has. */
function namesIn(data: Data): readonly Finding[] {
  const destinations = valueAt(data, ['destinations']);
  if (typeof destinations !== 'object' || destinations === null) return [];
  const names = Object.keys(destinations);
  const alerts = valueAt(data, ['alerts']);
  const lists: readonly Path[] = [
    ['default_destinations'],
    ...(Array.isArray(alerts) ? alerts.map((_, index): Path => ['alerts', index, 'to']) : []),
  ];
  return lists.flatMap((path) => {
    const list = valueAt(data, path);
    if (!Array.isArray(list)) return [];
    return list.flatMap((name: unknown, index): Finding[] => {
      if (typeof name !== 'string' || names.includes(name)) return [];
      const at = [...path, index];
      return [{ ...unknownDestination(at, name, names), path: at }];
    });
  });
}

function literalsIn(file: DataFile, schema: z.ZodType): ReadRelay['literals'] {
  const found = new Map<string, ReadRelay['literals'][number]>();
  visitSecrets(schema, file.data, (path, value, secrecy) => {
    if (secrecy !== 'always' || typeof value !== 'string' || value === '' || value.includes('${')) return;
    const range = file.range(path);
    if (!range) return;
    const [from, to] = range;
    found.set(pointer(path), { from, to, name: variableName(path) });
  });
  return [...found.values()].toSorted((one, other) => one.from - other.from);
}

function variableName(path: Path): string {
  const words = path.filter((step) => typeof step === 'string' && step !== 'destinations');
  return `HIDDEN_${words.join('_')}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
