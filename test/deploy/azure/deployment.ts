/** The template as Azure Resource Manager would see it with given parameters. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GROUP_ID, resolve, type Surroundings } from './arm-expression.ts';

const FOLDER = join(import.meta.dirname, '../../../deploy/azure');

export const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');

const resourceSchema = z.looseObject({
  type: z.string(),
  apiVersion: z.string(),
  name: z.string(),
  condition: z.unknown().optional(),
  scope: z.string().optional(),
  dependsOn: z.array(z.string()).default([]),
});

const parameterSchema = z.strictObject({
  type: z.enum(['string', 'int', 'bool', 'object']),
  defaultValue: z.unknown().optional(),
  allowedValues: z.array(z.string()).optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minValue: z.number().optional(),
  maxValue: z.number().optional(),
  metadata: z.strictObject({ description: z.string().min(10) }),
});

const templateSchema = z.strictObject({
  $schema: z.string(),
  contentVersion: z.literal('1.0.0.0'),
  metadata: z.object({ description: z.string() }),
  parameters: z.record(z.string(), parameterSchema),
  variables: z.record(z.string(), z.unknown()),
  resources: z.array(resourceSchema),
  outputs: z.record(z.string(), z.strictObject({ type: z.literal('string'), value: z.string() })),
});

export const TEMPLATE = templateSchema.parse(JSON.parse(read('azuredeploy.json')));

export const DESTINATIONS = `destinations:
  splunk:
    type: splunk_hec
    url: https://splunk.contoso.com:8088
    token: \${keyvault:splunk-token}
default_destinations: [splunk]
`;

/** What has no default, and cannot have one. */
const REQUIRED = {
  image: 'registry.example/xdr-relay:1',
  sourceAccountName: 'contosodefender',
  destinationsYaml: DESTINATIONS,
};

export interface Placed {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly active: boolean;
  readonly dependsOn: readonly string[];
  readonly scope: string | undefined;
  /** With every expression evaluated; undefined where the resource is not active. */
  readonly body: Record<string, unknown>;
  /** The ids that `reference()` was called with. */
  readonly references: readonly string[];
}

export interface Deployment {
  readonly resources: readonly Placed[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly find: (type: string, name?: string) => Placed;
}

/** Evaluates the template. Throws where ARM would refuse it. */
export function deploy(
  parameters: Readonly<Record<string, unknown>> = {},
  cloud: Surroundings['cloud'] = 'AzureCloud',
): Deployment {
  const around = surroundings(parameters, cloud);
  const resources = TEMPLATE.resources.map((resource) => place(resource, around));
  return {
    resources,
    outputs: Object.fromEntries(
      Object.entries(TEMPLATE.outputs).map(([name, { value }]) => [name, resolve(value, around)]),
    ),
    find(type, name) {
      const found = resources.filter(
        (each) => each.active && each.type === type && (name === undefined || each.name === name),
      );
      const [first] = found;
      if (!first || found.length > 1) throw new Error(`${found.length} resources are ${type} ${name ?? ''}`);
      return first;
    },
  };
}

function surroundings(
  parameters: Readonly<Record<string, unknown>>,
  cloud: Surroundings['cloud'],
): Surroundings {
  const unknown = Object.keys(parameters).find((name) => !(name in TEMPLATE.parameters));
  if (unknown !== undefined) throw new Error(`the template has no parameter ${unknown}`);
  const around = { parameters: {}, variables: TEMPLATE.variables, cloud };
  const values = Object.entries(TEMPLATE.parameters).map(([name, { defaultValue }]) => [
    name,
    { ...REQUIRED, ...parameters }[name] ?? resolve(defaultValue, around),
  ]);
  return { ...around, parameters: Object.fromEntries(values) };
}

function place(resource: z.infer<typeof resourceSchema>, around: Surroundings): Placed {
  const { type, apiVersion: _, name, condition, scope, dependsOn, ...rest } = resource;
  const references: string[] = [];
  const active = condition === undefined || resolve(condition, around) === true;
  const evaluated = String(resolve(name, around));
  const scoped = scope === undefined ? undefined : `${GROUP_ID}/providers/${resolve(scope, around)}`;
  const [namespace, ...types] = type.split('/');
  const names = evaluated.split('/');
  if (types.length !== names.length) throw new Error(`${type} does not fit its name ${evaluated}`);
  const path = types.flatMap((each, index) => [each, names[index]]).join('/');
  const body = active
    ? (resolve(rest, { ...around, onReference: (id) => references.push(id) }) as Record<string, unknown>)
    : {};
  return {
    id: `${scoped ?? GROUP_ID}/providers/${namespace}/${path}`,
    type,
    name: evaluated,
    active,
    scope: scoped,
    dependsOn: dependsOn.map((each) => String(resolve(each, around))),
    body,
    references,
  };
}
