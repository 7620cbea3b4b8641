/** The ARM template: everything that Azure Resource Manager would refuse, and that a mistake in a template usually is. */
import { describe, expect, it } from 'vitest';
import { GROUP_ID, isExpression, type Node, parseExpression } from './arm-expression.ts';
import { deploy, type Placed, read, TEMPLATE } from './deployment.ts';

/** All that changes which resources there are. */
const SCENARIOS = ['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud'].flatMap((cloud) =>
  [false, true].flatMap((on) =>
    ['queue', 'endpoint', 'prepare'].map((notifications) => ({
      cloud: cloud as 'AzureCloud',
      parameters: {
        notifications: notifications === 'queue' ? 'queue' : 'endpoint',
        startRelay: notifications !== 'prepare',
        createSourceAccount: on,
        privateNetwork: on,
        checkFirst: !on,
        alertEmail: on ? 'soc@contoso.com' : '',
        registryServer: on ? 'contoso.azurecr.io' : '',
        existingSystemTopicName: on ? 'existing-topic' : '',
        webhookApplicationId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      },
    })),
  ),
);

const deployments = SCENARIOS.map(({ parameters, cloud }) => deploy(parameters, cloud));

/** The id of what a template names is known although it is not there: an existing account, its topic. */
const MAY_EXIST = ['Microsoft.Storage/storageAccounts', 'Microsoft.EventGrid/systemTopics'];

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [...strings(key), ...strings(item)]);
}

function calls(node: Node): { readonly name: string; readonly first: unknown }[] {
  if (node.kind === 'member') return calls(node.of);
  if (node.kind !== 'call') return [];
  const [first] = node.args;
  return [
    { name: node.name, first: first?.kind === 'literal' ? first.value : undefined },
    ...node.args.flatMap(calls),
  ];
}

const expressions = strings(TEMPLATE).filter(isExpression).map(parseExpression);
const called = expressions.flatMap(calls);

/** What has to be there before a resource works, without being mentioned in it. */
function neededBy({ type, body }: Placed, active: readonly Placed[]): readonly Placed[] {
  const of = (end: string) => active.filter((each) => each.type.endsWith(end));
  const roles = of('/roleAssignments');
  const rightsOf = (text: string) =>
    roles.filter(({ references }) => references.some((each) => each.includes(text)));
  if (type.endsWith('/eventSubscriptions')) {
    const endpoint = of('/containerApps').filter(({ name }) => name.endsWith('-endpoint'));
    const sender = rightsOf('/systemTopics/');
    return sender.length > 0 ? sender : endpoint;
  }
  const [identity] = strings(Reflect.get(body, 'identity') ?? {}).filter((text) => text.startsWith(GROUP_ID));
  if (identity === undefined) return [];
  const rights = rightsOf(identity);
  if (type.endsWith('/deploymentScripts')) return rights;
  const check = type.endsWith('/containerApps') ? of('/deploymentScripts') : [];
  return [...rights, ...of('/privateDnsZoneGroups'), ...check];
}

describe('the template', () => {
  it('evaluates in every scenario and cloud', () => {
    expect(deployments).toHaveLength(18);
    for (const { resources } of deployments)
      expect(resources.filter(({ active }) => active).length).toBeGreaterThan(25);
  });

  it('uses each parameter and variable that it has', () => {
    const used = (name: string) =>
      new Set(called.filter((each) => each.name === name).map(({ first }) => first));
    expect(used('parameters')).toEqual(new Set(Object.keys(TEMPLATE.parameters)));
    expect(used('variables')).toEqual(new Set(Object.keys(TEMPLATE.variables)));
  });

  it('asks for no key of anything, and outputs no secret', () => {
    expect(called.filter(({ name }) => /^list/i.test(name))).toEqual([]);
    const parameters = called.filter(({ name }) => name === 'parameters').map(({ first }) => String(first));
    expect(parameters.filter((name) => /secret|password|token|key/i.test(name))).toEqual([]);
    expect(JSON.stringify(TEMPLATE.outputs)).not.toMatch(/secrets|destinationsYaml/);
  });

  it('calls reference() only where Azure has values by then: in properties and outputs', () => {
    const early = TEMPLATE.resources.map(({ name, condition, scope, dependsOn }) => [
      name,
      condition,
      scope,
      dependsOn,
    ]);
    const before = [TEMPLATE.parameters, TEMPLATE.variables, early];
    const names = strings(before)
      .filter(isExpression)
      .map(parseExpression)
      .flatMap(calls)
      .map(({ name }) => name);
    expect(names.length).toBeGreaterThan(50);
    expect(names).not.toContain('reference');
  });

  it('extends resources that are there', () => {
    for (const { resources } of deployments) {
      const ids = resources.map(({ id }) => id);
      const scopes = resources.flatMap(({ scope }) => scope ?? []);
      expect(scopes.length).toBeGreaterThan(10);
      for (const scope of scopes) expect(ids).toContain(scope);
    }
  });

  it('names resources that are there: no two with one id, and every dependsOn is one of them', () => {
    for (const { resources } of deployments) {
      const ids = resources.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { dependsOn } of resources) for (const id of dependsOn) expect(ids).toContain(id);
    }
  });

  it('has no circle', () => {
    for (const { resources } of deployments) {
      const done = new Set<string>();
      for (let turn = 0; turn < resources.length; turn++) {
        for (const { id, dependsOn } of resources)
          if (dependsOn.every((each) => done.has(each))) done.add(id);
      }
      expect(resources.filter(({ id }) => !done.has(id)).map(({ id }) => id)).toEqual([]);
    }
  });

  it('depends on whatever it mentions, and on nothing that is left out', () => {
    for (const { resources } of deployments) {
      const byId = new Map(resources.map((each) => [each.id, each]));
      for (const resource of resources.filter(({ active }) => active)) {
        const mentioned = strings(resource.body).flatMap((text) => byId.get(text) ?? []);
        const referenced = resource.references.map((id) => byId.get(id));
        for (const other of [...mentioned, ...referenced]) {
          if (!other) throw new Error(`${resource.id} refers to what is not in the template`);
          expect([resource.id, resource.dependsOn]).toEqual([
            resource.id,
            expect.arrayContaining([other.id]),
          ]);
          expect(other.active || MAY_EXIST.includes(other.type), `${resource.id} needs ${other.id}`).toBe(
            true,
          );
        }
      }
    }
  });

  it('creates a child after its parent', () => {
    for (const { resources } of deployments) {
      for (const { id, type, name, dependsOn, scope } of resources) {
        if (scope !== undefined || !name.includes('/')) continue;
        const parents = resources.filter(
          (other) => id.startsWith(`${other.id}/`) && type.startsWith(`${other.type}/`),
        );
        expect(parents.length, `the parent of ${id}`).toBeGreaterThan(0);
        expect(
          parents.some((parent) => dependsOn.includes(parent.id)),
          `${id} before its parent`,
        ).toBe(true);
      }
    }
  });

  it('gives rights, and a way to what they are for, before they are used', () => {
    for (const { resources } of deployments) {
      const byId = new Map(resources.map((each) => [each.id, each]));
      const earlier = (id: string): ReadonlySet<string> =>
        new Set((byId.get(id)?.dependsOn ?? []).flatMap((each) => [each, ...earlier(each)]));
      const active = resources.filter((each) => each.active);
      const needed = active.map((each) => ({ id: each.id, needs: neededBy(each, active) }));
      expect(needed.flatMap(({ needs }) => needs).length).toBeGreaterThan(6);
      for (const { id, needs } of needed) {
        for (const need of needs) expect([...earlier(id)], `${id} before ${need.id}`).toContain(need.id);
      }
    }
  });

  it('has API versions of the right form', () => {
    for (const { type, apiVersion } of TEMPLATE.resources) {
      // There is no other version of this one.
      if (`${type} ${apiVersion}` === 'Microsoft.Insights/diagnosticSettings 2021-05-01-preview') continue;
      expect(apiVersion).toMatch(/^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/);
    }
  });

  it('is smaller than ARM accepts', () => {
    expect(read('azuredeploy.json').length).toBeLessThan(4 * 1024 * 1024);
    expect(Object.keys(TEMPLATE.parameters).length).toBeLessThanOrEqual(256);
    expect(TEMPLATE.resources.length).toBeLessThanOrEqual(800);
    for (const text of strings(TEMPLATE).filter(isExpression)) expect(text.length).toBeLessThan(24_576);
  });
});

/** Microsoft Learn, "Naming rules and restrictions for Azure resources": the last part of the name. */
const NAMES: Readonly<Record<string, RegExp>> = {
  'Microsoft.App/containerApps': /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,30}[a-z0-9]$/,
  'Microsoft.App/jobs': /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,30}[a-z0-9]$/,
  'Microsoft.App/managedEnvironments': /^[a-z](?:[a-z0-9-]){0,58}[a-z0-9]$/,
  'Microsoft.Authorization/roleAssignments': /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Microsoft.EventGrid/systemTopics': /^[A-Za-z0-9-]{3,50}$/,
  'Microsoft.EventGrid/systemTopics/eventSubscriptions': /^[A-Za-z0-9-]{3,64}$/,
  'Microsoft.Insights/actionGroups': /^[^:<>+/&%\\?|]{1,260}$/,
  'Microsoft.Insights/diagnosticSettings': /^[^:<>+/&%\\?|]{1,260}$/,
  'Microsoft.Insights/metricAlerts': /^[^*#&+:<>?@%{}\\/|]{1,260}$/,
  'Microsoft.Insights/scheduledQueryRules': /^[^*<>%{}&:\\?/#|]{1,260}$/,
  'Microsoft.Insights/workbooks': /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Microsoft.KeyVault/vaults': /^[A-Za-z](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){1,22}[A-Za-z0-9]$/,
  'Microsoft.ManagedIdentity/userAssignedIdentities': /^[A-Za-z0-9][\w-]{2,127}$/,
  'Microsoft.Network/privateDnsZones': /^[a-z0-9-]+(?:\.[a-z0-9-]+){1,33}$/,
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': /^\w[\w.-]{0,78}\w$/,
  'Microsoft.Network/privateEndpoints': /^\w[\w.-]{0,62}\w$/,
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': /^\w[\w.-]{0,78}\w$/,
  'Microsoft.Network/virtualNetworks': /^\w[\w.-]{0,62}\w$/,
  'Microsoft.Network/virtualNetworks/subnets': /^\w[\w.-]{0,78}\w$/,
  'Microsoft.OperationalInsights/workspaces': /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
  'Microsoft.Resources/deploymentScripts': /^[\w.()-]{1,90}$/,
  'Microsoft.Storage/storageAccounts': /^[a-z0-9]{3,24}$/,
  'Microsoft.Storage/storageAccounts/blobServices/containers': /^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$/,
  'Microsoft.Storage/storageAccounts/managementPolicies': /^default$/,
  'Microsoft.Storage/storageAccounts/queueServices/queues': /^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$/,
};

describe('names', () => {
  it.each(['abc', 'a23456789'])('are what Azure accepts with the prefix %s', (namePrefix) => {
    const { resources } = deploy({ namePrefix });
    for (const { type, name } of resources) {
      const own = NAMES[type];
      expect(own, `no rule for ${type}`).toBeDefined();
      expect(name.split('/').at(-1)).toMatch(own ?? /^$/);
    }
  });

  it('of the prefix have the length that the names leave room for', () => {
    const { namePrefix } = TEMPLATE.parameters;
    expect([namePrefix?.minLength, namePrefix?.maxLength]).toEqual([3, 9]);
    expect(() => {
      const { name } = deploy({ namePrefix: 'a234567890' }).resources.find(
        ({ body, type }) => type === 'Microsoft.Storage/storageAccounts' && body.kind === 'StorageV2',
      ) as Placed;
      expect(name).toMatch(/^[a-z0-9]{3,24}$/);
    }).toThrow();
  });
});

it('the reader of expressions is as strict as ARM', () => {
  for (const text of [
    "[concat('a']",
    '[parameters(x)]',
    "[concat('a',)b]",
    "['a' 'b']",
    "[concat('a)]",
    '[.a]',
  ]) {
    expect(() => parseExpression(text), text).toThrow();
  }
  expect(isExpression('[[not one]')).toBe(false);
  expect(parseExpression("[concat('it''s', variables('x').y)]")).toMatchObject({ name: 'concat' });
});
