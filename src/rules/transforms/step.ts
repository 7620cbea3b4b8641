/** What a step of `transform` is: a verb, the schema of its settings, and its compiler, defined together. */
import { z } from 'zod';
import type { Finding, Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import { checkRuleFile, type OpenRuleFile } from '../open-rule-file.ts';
import type { KustoType } from '../schema/index.ts';
import type { Variables } from '../sigma/index.ts';
import { unknownColumn } from '../unknown-names.ts';
import type { KnownColumns } from './columns.ts';
import type { Draft } from './draft.ts';

/** One compiled step: changes the draft, never throws, whatever the row holds. */
export type Transform = (draft: Draft) => void;

/** A verb of `transform:`. Each lives in a file of its own and is listed in `index.ts`. */
export interface Step {
  readonly verb: string;
  /** What follows the verb. Its descriptions go to the editor. */
  readonly config: z.ZodType;
  /** Checks `value` and compiles it. Undefined when something was reported as an error. */
  prepare(value: unknown, scope: StepScope): Transform | undefined;
}

/** What a step is compiled in: its file, its place there, and what is known of the row by then. */
export interface StepScope {
  readonly file: OpenRuleFile;
  /** The way to the verb's value. */
  readonly at: Path;
  readonly columns: KnownColumns;
  readonly variables: Variables;
}

/** What a step's `compile` may ask and report; paths are relative to the verb's value. */
export interface StepContext {
  readonly columns: KnownColumns;
  report(finding: Finding): void;
  /** Reports a column that can't be there, or whose type is none of `types`. */
  need(column: string, path: Path, options?: NeedOptions): void;
  /** Fills in a string that is a `$NAME`; others pass. Undefined when it was reported. */
  variable(text: string, path: Path): string | undefined;
}

export interface NeedOptions {
  readonly types?: readonly KustoType[];
  /** The column stands in a key. */
  readonly atKey?: boolean;
}

/** Makes a {@link Step} of a verb, the shape of its value and its compiler. */
export function defineStep<C>(
  verb: string,
  config: z.ZodType<C>,
  compile: (value: C, context: StepContext) => Transform,
): Step {
  return {
    verb,
    config,
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

/** `FileName` or `[FileName, FolderPath]`. */
export const columnList = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .describe('A column, or a list of columns.');

/** Each column of a {@link columnList} with its path. */
export function eachColumn(
  list: string | readonly string[],
): { readonly name: string; readonly path: Path }[] {
  if (typeof list === 'string') return [{ name: list, path: [] }];
  return list.map((name, index) => ({ name, path: [index] }));
}

/** The names of a {@link columnList}, each checked. */
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

/** Whether a string stands for a variable of relay.yaml. `$$NAME` is the string `$NAME`. */
export function isVariable(text: string): boolean {
  return VARIABLE.test(text);
}

function contextOf({ file, at, columns, variables }: StepScope, fail: () => void): StepContext {
  const report = (finding: Finding) => {
    if (finding.severity !== 'warning') fail();
    file.report({ ...finding, path: [...at, ...finding.path] });
  };
  return {
    columns,
    report,
    need: (column, path, options = {}) => {
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
