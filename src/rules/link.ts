/** Links compiled table files and rules into one program for each table. */
import { LEVELS, type Level, type RuleRef } from '../shared/event.ts';
import { type MetadataSpec, MetadataTemplates } from '../shared/metadata-template.ts';
import { alertTargets } from './alerts/targets.ts';
import type { Program, RouteSteps, TableDetection, TableProgram, TableRoute } from './program.ts';
import type { CorrelationRule, RuleContext } from './ruleset.ts';
import type { Shapes } from './shapes/shapes.ts';
import {
  buildMatcher,
  type CompiledRule,
  type CorrelationProgram,
  FieldSources,
  type SigmaHeader,
} from './sigma/index.ts';
import type { CompiledRoute, CompiledTable } from './table/compile.ts';

export interface Parts extends Pick<Program, 'shapes' | 'exceptions' | 'lists' | 'devices'> {
  readonly version: string;
  readonly tables: readonly CompiledTable[];
  readonly rules: readonly CompiledRule[];
  readonly correlations: CorrelationProgram;
  sourcesOf(table: string): FieldSources;
}

/** Links the compiled parts into a program, table by table. */
export function link(parts: Parts, context: RuleContext): Program {
  const defaults: readonly TableRoute[] = [...new Set(context.defaultDestinations)].map((to) => ({
    to,
    detection: undefined,
    severity: undefined,
    rule: undefined,
  }));
  const byLevel = new Map(LEVELS.map((level) => [level, alertDestinations(level, context)]));
  const alertsOf = ({ level, destinations }: SigmaHeader, silent: boolean) =>
    silent ? [] : (destinations ?? byLevel.get(level) ?? []);
  const files = new Map(parts.tables.map((file) => [file.table.toLowerCase(), file]));
  const rules = Map.groupBy(parts.rules, ({ table }) => table.toLowerCase());
  const names = new Map([...parts.rules, ...parts.tables].map(({ table }) => [table.toLowerCase(), table]));
  const tables = new Map<string, TableProgram>();
  const metadataOf = (to: string, spec: MetadataSpec) =>
    new MetadataTemplates(spec, (key) => context.onMetadataDefault?.(to, key));
  const metadata = new Map(
    Object.entries(context.metadata ?? {}).map(([to, spec]) => [to, metadataOf(to, spec)]),
  );
  for (const [key, table] of names) {
    const file = files.get(key);
    const { routes, shaping } = shapedRoutes(file, parts.shapes, metadataOf);
    const detections = (rules.get(key) ?? []).map((compiled): TableDetection => {
      const { level } = compiled.rule;
      const silent = parts.correlations.silent.has(compiled.rule);
      const rule = ruleRef(compiled.rule);
      const to = alertsOf(compiled.rule, silent);
      return {
        compiled,
        rule,
        level,
        to,
        targets: alertTargets(rule, { level, to, context }),
        silent,
        feeds: parts.correlations.feedsOf(compiled),
      };
    });
    const own: readonly TableRoute[] = routes ?? defaults.map((route) => ({ ...route, ...file?.amount }));
    tables.set(key, {
      table,
      sources: parts.sourcesOf(table),
      filters: file?.filters ?? [],
      transform: file?.transform ?? [],
      dedupe: file?.dedupe,
      routes: own,
      isShaped: metadata.size > 0 || own.some((route) => route.steps ?? route.metadata ?? route.sample),
      isOnlySampled:
        own.length > 0 &&
        own.every(({ sample, rule }) => sample && !rule) &&
        detections.length === 0 &&
        (file?.filters ?? []).length === 0,
      limits: limitsOf(own),
      shaping,
      detections,
      matcher:
        detections.length === 0
          ? undefined
          : buildMatcher(detections.map(({ compiled }) => compiled.detection)),
    });
  }
  const correlations = parts.correlations.correlations.map(
    ({ correlation, fingerprint }): CorrelationRule => {
      const { level, type, timespan, condition, groupBy } = correlation;
      const silent = parts.correlations.silent.has(correlation);
      const rule = ruleRef(correlation);
      const to = alertsOf(correlation, silent);
      return {
        fingerprint,
        definition: { type, timespan, condition },
        rule,
        level,
        to,
        targets: alertTargets(rule, { level, to, context, groupBy }),
        silent,
      };
    },
  );
  return {
    version: parts.version,
    tables,
    fallback: fallbackWith(defaults, metadata.size > 0),
    metadata,
    correlations,
    shapes: parts.shapes,
    exceptions: parts.exceptions,
    now: context.now ?? (() => Number.NEGATIVE_INFINITY),
    lists: parts.lists,
    devices: parts.devices,
  };
}

/** The routes of a table with their steps, and by destination the steps for alerts that no route asks for. */
function shapedRoutes(
  file: CompiledTable | undefined,
  shapes: Shapes,
  metadataOf: (to: string, spec: MetadataSpec) => MetadataTemplates,
): { readonly routes: readonly TableRoute[] | undefined; readonly shaping: TableProgram['shaping'] } {
  if (!file?.routes?.some(({ own, filed }) => own ?? filed))
    return { routes: file?.routes, shaping: undefined };
  const stepsOf = (all: readonly NonNullable<CompiledRoute['own']>[]): RouteSteps => {
    const written = all.flatMap((one) => one.written);
    const renames = written.some((step) => 'rename' in step);
    return {
      transform: all.flatMap(({ steps }) => steps),
      shapes: renames ? shapes.behind(file.table, written) : undefined,
    };
  };
  const routes = file.routes.map(
    ({ own, filed, ...route }): TableRoute => ({
      ...route,
      ...(own && { steps: stepsOf([own]) }),
      ...(filed && { metadata: metadataOf(route.to, filed) }),
    }),
  );
  const byDestination = Map.groupBy(file.routes, ({ to }) => to);
  const shaping = new Map<string, RouteSteps>();
  for (const [to, all] of byDestination) {
    const own = all.flatMap((route) => route.own ?? []);
    const [only] = routes.filter((route) => route.to === to && route.steps);
    if (own.length === 1 && only?.steps) shaping.set(to, only.steps);
    else if (own.length > 1) shaping.set(to, stepsOf(own));
  }
  return { routes, shaping };
}

function limitsOf(routes: readonly TableRoute[]): TableProgram['limits'] {
  const limits = routes.flatMap(({ to, limit }) => (limit === undefined ? [] : [[to, limit] as const]));
  if (limits.length === 0) return undefined;
  const least = new Map<string, number>();
  for (const [to, limit] of limits) least.set(to, Math.min(limit, least.get(to) ?? limit));
  return least;
}

function fallbackWith(routes: readonly TableRoute[], isShaped: boolean): TableProgram {
  return {
    table: '',
    sources: new FieldSources(),
    filters: [],
    transform: [],
    dedupe: undefined,
    routes,
    isShaped,
    isOnlySampled: false,
    limits: undefined,
    shaping: undefined,
    detections: [],
    matcher: undefined,
  };
}

function alertDestinations(level: Level, { alerts }: RuleContext): readonly string[] {
  return [...new Set(alerts.filter(({ levels }) => levels.includes(level)).flatMap(({ to }) => to))];
}

function ruleRef(rule: SigmaHeader): RuleRef {
  const { title, id, description, author, tags, references, falsepositives, alert } = rule;
  return {
    title,
    ...(id === undefined ? {} : { id }),
    ...(description === undefined ? {} : { description }),
    ...(author === undefined ? {} : { author }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(references.length === 0 ? {} : { references }),
    ...(falsepositives.length === 0 ? {} : { falsepositives }),
    ...(alert?.grouping === undefined ? {} : { grouping: alert.grouping }),
    ...(alert?.title === undefined ? {} : { titleTemplate: alert.title.text }),
  };
}
