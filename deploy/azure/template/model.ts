/** What a deployment consists of: parameters, variables, resources and outputs. */
import { type Value, visitExpressions } from './expression.ts';

export interface Parameter {
  readonly type: 'string' | 'int' | 'bool' | 'object';
  readonly description: string;
  /** Left out: the parameter is required. */
  readonly default?: Value;
  readonly allowed?: readonly (string | number)[];
  /** Of a string: its length. Of an int: its value. */
  readonly min?: number;
  readonly max?: number;
}

export interface Resource {
  /** Its symbol in Bicep, by which other resources mean it. */
  readonly key: string;
  /** E.g. `Microsoft.Storage/storageAccounts/queueServices/queues`. */
  readonly type: string;
  readonly apiVersion: string;
  /** One for each part of the type behind the namespace. Text with expressions. */
  readonly names: readonly string[];
  /** Where it is false the resource is left out. */
  readonly condition?: string | undefined;
  /** The key of the resource that this one extends: a role assignment, a diagnostic setting. */
  readonly scope?: string | undefined;
  /** Keys of resources that have to be there first, beside those whose ids it mentions. */
  readonly after?: readonly string[] | undefined;
  /** `location`, `sku`, `properties` and so on. */
  readonly body: { readonly [key: string]: Value };
}

export interface Output {
  readonly type: 'string';
  readonly value: string;
}

export interface Template {
  readonly description: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly variables: Readonly<Record<string, Value>>;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, Output>>;
}

/** The keys of all resources that have to be there before this one, in the template's order. */
export function dependenciesOf(resource: Resource, template: Template): readonly string[] {
  const keys = new Set(resource.after ?? []);
  if (resource.scope !== undefined) keys.add(resource.scope);
  visitExpressions([...resource.names, resource.body], (expression) => {
    if (expression.kind === 'id') keys.add(expression.of);
  });
  keys.delete(resource.key);
  return template.resources.map(({ key }) => key).filter((key) => keys.has(key));
}

/** The resource with this key. Throws where there is none: the template is wrong. */
export function resourceByKey(template: Template, key: string): Resource {
  const found = template.resources.find((resource) => resource.key === key);
  if (!found) throw new Error(`the template has no resource "${key}"`);
  return found;
}
