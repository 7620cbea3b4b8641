/** Defines steps of `transform`: a verb, the schema of its settings, and its compiler. */
import { z } from 'zod';
import type { Finding, Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { List, ListSet } from '../lists/list.ts';
import { checkRuleFile, type OpenRuleFile } from '../open-rule-file.ts';
import type { KustoType } from '../schema/index.ts';
import type { Variables } from '../sigma/index.ts';
import { unknownColumn, unknownList } from '../unknown-names.ts';
import type { KnownColumns } from './columns.ts';
import type { Draft } from './draft.ts';
import type { StepExample } from './example.ts';
import type { TouchedColumns } from './touched.ts';

/** One compiled step: changes the draft, and never throws on any row. */
export type Transform = (draft: Draft) => void;

/** A verb of `transform:`. Each verb has its own file and is listed in `index.ts`. */
export interface Step {
  readonly verb: string;
  /** The schema of the verb's settings. Its descriptions appear in editors and in the rule reference. */
  readonly config: z.ZodType;
  readonly example: StepExample;
  /** Checks the settings and compiles them. Undefined if an error was reported. */
  prepare(value: unknown, scope: StepScope): Transform | undefined;
}

/** The context in which a step is compiled: its file, its place there, and the columns at this point. */
export interface StepScope {
  readonly file: OpenRuleFile;
  /** The path to the verb's value. */
  readonly at: Path;
  readonly columns: KnownColumns;
  readonly variables: Variables;
  /** Absent if there are none. */
  readonly lists?: ListSet | undefined;
  /** Gets the columns that the step names; absent if nobody asks. */
  readonly touched?: TouchedColumns | undefined;
}

/** What the `compile` of a step works with; paths are relative to the verb's value. */
export interface StepContext {
  readonly columns: KnownColumns;
  /** A list by its name. Undefined if there is none, which was reported. */
  list(name: string, path: Path): List | undefined;
  report(finding: Finding): void;
  /** Declares that the step reads a column. Reports one that no row can have at this point, or whose type is none of `types`. */
  need(column: string, path: Path, options?: NeedOptions): void;
  /** Declares that the step is about every column that a pattern fits. */
  needAll(fits: (column: string) => boolean): void;
  /** Replaces a string `$NAME` by the variable's value; returns other strings unchanged. Undefined if an error was reported. */
  variable(text: string, path: Path): string | undefined;
}

export interface NeedOptions {
  readonly types?: readonly KustoType[];
  /** Whether the column's name is a key of the settings, so that messages point at the key. */
  readonly atKey?: boolean;
}

/** Makes a {@link Step} of a verb, the shape of its value, its compiler, and an example with a row. */
export function defineStep<C>(
  verb: string,
  config: z.ZodType<C>,
  compile: (value: C, context: StepContext) => Transform,
  example: StepExample,
): Step {
  return {
    verb,
    // Editors show the example, too.
    config: config.meta({ ...config.meta(), examples: [example.value] }),
    example,
    prepare(value, scope) {
      const checked = checkRuleFile(scope.file, config, value, scope.at);
      if (checked === undefined) return undefined;
      let failed = false;
      const context = contextOf(scope, () => {
        failed = true;
      });
      const transform = compile(checked, context);
      return failed ? undefined : transform;
    },
  };
}

/** The schema of one column or several: `FileName` or `[FileName, FolderPath]`. */
export const columnList = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .describe('A column, or a list of columns.');

/** The columns of a {@link columnList}, each with its path. */
export function eachColumn(
  list: string | readonly string[],
): { readonly name: string; readonly path: Path }[] {
  if (typeof list === 'string') return [{ name: list, path: [] }];
  return list.map((name, index) => ({ name, path: [index] }));
}

/** The names of a {@link columnList}; columns that no row can have are reported. */
export function needColumns(
  list: string | readonly string[],
  context: StepContext,
  path: Path = [],
  options: NeedOptions = {},
): string[] {
  return eachColumn(list).map(({ name, path: inner }) => {
    context.need(name, [...path, ...inner], options);
    return name;
  });
}

const VARIABLE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;

/** Whether a string refers to a variable of relay.yaml. `$$NAME` does not: it stands for the string `$NAME`. */
export function isVariable(text: string): boolean {
  return VARIABLE.test(text);
}

function contextOf(
  { file, at, columns, variables, lists, touched }: StepScope,
  fail: () => void,
): StepContext {
  const report = (finding: Finding) => {
    if (finding.severity !== 'warning') fail();
    file.report({ ...finding, path: [...at, ...finding.path] });
  };
  return {
    columns,
    report,
    list: (name, path) => {
      const list = lists?.get(name);
      if (!list) report({ ...unknownList(name, lists), path });
      return list;
    },
    needAll: (fits) => touched?.patterns.push(fits),
    need: (column, path, options = {}) => {
      touched?.names.add(column);
      const finding = columnProblem(column, columns, options);
      if (finding) report({ ...finding, path, atKey: options.atKey ?? false });
    },
    variable(text, path) {
      const name = VARIABLE.exec(text)?.[1];
      if (name === undefined) return text.startsWith('$$') ? text.slice(1) : text;
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (typeof value === 'string') return value;
      report({ ...variableProblem(name, value, variables), path });
      return undefined;
    },
  };
}

function columnProblem(column: string, columns: KnownColumns, { types }: NeedOptions): Mistake | undefined {
  if (!columns.has(column)) {
    const by = columns.droppedBy(column);
    if (by === undefined) {
      return unknownColumn(columns.table, column, didYouMean(column, columns.names()));
    }
    const message = `"${column}" is gone: "${by}" took it away`;
    return { code: 'unknown-column', message, hint: `put this step before "${by}"` };
  }
  const type = columns.type(column);
  if (types === undefined || type === undefined || types.includes(type)) return undefined;
  return { code: 'wrong-column-type', message: `"${column}" is ${type}, not ${types.join(' or ')}` };
}

function variableProblem(name: string, value: unknown, variables: Variables): Mistake {
  if (value !== undefined) {
    return { code: 'wrong-type', message: `the variable ${name} is a list, but must be a string` };
  }
  const hint = didYouMean(name, Object.keys(variables)) ?? 'variables stand under "variables:" in relay.yaml';
  return { code: 'unknown-variable', message: `no variable is named ${name}`, hint };
}
