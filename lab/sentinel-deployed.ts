/** What a deployment of the template for Azure Monitor would create, in the form that the lab's receiver takes. */

import { descriptorOf } from '../src/destinations/list.ts';
import type { Shape } from '../src/destinations/shapes.ts';
import { shippedSchema } from '../src/rules/schema/index.ts';
import type { DataCollectionRule, SentinelColumn } from './receivers/sentinel-rule.ts';

/** A resource of a template of Azure Resource Manager. */
export interface ArmResource {
  readonly type: string;
  readonly name: string;
  readonly apiVersion: string;
  readonly kind?: string;
  readonly dependsOn?: readonly string[];
  readonly properties: unknown;
}

export interface ArmTemplate {
  readonly resources: readonly ArmResource[];
  readonly outputs: { readonly rules: { readonly value: readonly Record<string, unknown>[] } };
}

export function sentinelArm(
  tables: readonly string[] = shippedSchema.tableNames,
  shape: Shape | undefined = undefined,
): ArmTemplate {
  const wanted = tables.map((name) => ({ name, columns: shippedSchema.find(name)?.columns ?? new Map() }));
  const [file] = descriptorOf('sentinel').template?.({ tables: wanted, shape }) ?? [];
  return JSON.parse(file?.text ?? '{}');
}

/** Immutable ids are given to rules by Azure. */
export function ruleId(index: number): string {
  return `dcr-${index.toString(16).padStart(32, '0')}`;
}

/** The rules by their ids, the tables by their names, and `rules` of the destination with an endpoint at this origin. */
export function deployed(template: ArmTemplate) {
  const rules = template.resources.filter(({ type }) => type === 'Microsoft.Insights/dataCollectionRules');
  const tables = template.resources.flatMap(({ type, properties }) => {
    if (type !== 'Microsoft.OperationalInsights/workspaces/tables') return [];
    const { schema } = properties as { schema: { name: string; columns: readonly SentinelColumn[] } };
    return [[schema.name, schema.columns] as const];
  });
  return {
    rules: Object.fromEntries(
      rules.map(({ properties }, index) => [ruleId(index), properties as DataCollectionRule]),
    ),
    tables: Object.fromEntries(tables),
    entries: (origin: string) =>
      template.outputs.rules.value.map((value, index) => ({ ...value, id: ruleId(index), endpoint: origin })),
  };
}
