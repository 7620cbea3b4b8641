/** Prints a deployment as an ARM template. */
import { type Expression, holdsExpression, readText, type Value } from './expression.ts';
import { dependenciesOf, type Parameter, type Resource, resourceByKey, type Template } from './model.ts';

const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';

/** The template as JSON for `az deployment group create` and the portal's button. */
export function armTemplate(template: Template): object {
  const print = (value: Value) => armValue(value, template);
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    metadata: { description: template.description },
    parameters: mapped(template.parameters, (parameter) => armParameter(parameter, print)),
    variables: mapped(template.variables, print),
    resources: template.resources.map((resource) => armResource(resource, template)),
    outputs: mapped(template.outputs, ({ type, value }) => ({ type, value: print(value) })),
  };
}

function armParameter(parameter: Parameter, print: (value: Value) => unknown): object {
  const { type, description, min, max, allowed } = parameter;
  const unit = type === 'int' ? 'Value' : 'Length';
  return {
    type,
    ...(parameter.default !== undefined && { defaultValue: print(parameter.default) }),
    ...(allowed && { allowedValues: allowed }),
    ...(min !== undefined && { [`min${unit}`]: min }),
    ...(max !== undefined && { [`max${unit}`]: max }),
    metadata: { description },
  };
}

function armResource(resource: Resource, template: Template): object {
  const { type, apiVersion, names, condition, scope, body } = resource;
  const print = (value: Value) => armValue(value, template);
  const dependsOn = dependenciesOf(resource, template).map((key) => `[${armId(key, template)}]`);
  return {
    ...(condition !== undefined && { condition: print(condition) }),
    type,
    apiVersion,
    name: print(names.join('/')),
    ...(scope !== undefined && { scope: print(scopeOf(scope, template)) }),
    ...(print(body) as object),
    ...(dependsOn.length > 0 && { dependsOn }),
  };
}

/** JSON with its expressions as `[…]`. */
export function armValue(value: Value, template: Template): unknown {
  if (typeof value === 'string') {
    if (holdsExpression(value)) return `[${armExpression(readText(value), template)}]`;
    // Text that begins with a bracket would be read as an expression.
    return value.startsWith('[') ? `[${value}` : value;
  }
  if (Array.isArray(value)) return value.map((item) => armValue(item, template));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [armValue(key, template), armValue(item, template)]),
  );
}

function armExpression(expression: Expression, template: Template): string {
  switch (expression.kind) {
    case 'text':
      return `'${expression.value.replaceAll("'", "''")}'`;
    case 'number':
      return String(expression.value);
    case 'boolean':
      return `${expression.value}()`;
    case 'parameter':
      return `parameters('${expression.name}')`;
    case 'variable':
      return `variables('${expression.name}')`;
    case 'call':
      return `${expression.name}(${expression.args.map((each) => armExpression(each, template)).join(', ')})`;
    case 'property':
      return `${armExpression(expression.of, template)}.${expression.name}`;
    case 'id':
      return armId(expression.of, template);
  }
}

/** The place of a resource in its group, as `scope` wants it: `Microsoft.Storage/storageAccounts/x/queueServices/default/queues/y`. */
function scopeOf(key: string, template: Template): string {
  const { type, names } = resourceByKey(template, key);
  const [namespace = '', ...types] = type.split('/');
  return [namespace, ...types.flatMap((each, index) => [each, names[index] ?? ''])].join('/');
}

/** The expression of a resource's id: of one that extends another, below that one's id. */
function armId(key: string, template: Template): string {
  const { type, names, scope } = resourceByKey(template, key);
  const parts = names.map((name) => armExpression(readText(name), template));
  if (scope !== undefined) {
    return `extensionResourceId(${[armId(scope, template), `'${type}'`, ...parts].join(', ')})`;
  }
  return `resourceId(${[`'${type}'`, ...parts].join(', ')})`;
}

function mapped<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
