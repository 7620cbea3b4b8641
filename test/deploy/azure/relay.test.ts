/** What the deployed relay gets: its configuration, its rights, its size, its notifications. */
import { describe, expect, it } from 'vitest';
import { doctor } from '../../../src/cli/commands/doctor.ts';
import { serve } from '../../../src/cli/commands/serve.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { queueAccountOf, sourcesOf, stateOf } from '../../../src/config/sources.ts';
import { GROUP_ID, TENANT } from './arm-expression.ts';
import { type Deployment, deploy } from './deployment.ts';

const APPLICATION = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const ENDPOINT = { notifications: 'endpoint', webhookApplicationId: APPLICATION };
const SECRETS = new Map([['keyvault:splunk-token', { value: 'a-token-of-splunk' }]]);

interface App {
  readonly identity: { readonly userAssignedIdentities: Readonly<Record<string, object>> };
  readonly properties: {
    readonly workloadProfileName: string;
    readonly configuration: {
      readonly secrets: readonly { readonly name: string; readonly value: string }[];
      readonly ingress?: {
        readonly targetPort: number;
        readonly external: boolean;
        readonly allowInsecure: boolean;
      };
      readonly registries: readonly object[];
    };
    readonly template: {
      readonly containers: readonly [
        {
          readonly image: string;
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly resources: { readonly cpu: number; readonly memory: string };
          readonly probes?: readonly {
            readonly type: string;
            readonly httpGet: { readonly port: number; readonly path: string };
          }[];
          readonly volumeMounts: readonly { readonly mountPath: string; readonly volumeName: string }[];
        },
      ];
      readonly volumes: readonly {
        readonly name: string;
        readonly secrets: readonly { readonly secretRef: string; readonly path: string }[];
      }[];
      readonly scale: {
        readonly minReplicas: number;
        readonly maxReplicas: number;
        readonly rules: readonly object[];
      };
      readonly terminationGracePeriodSeconds: number;
    };
  };
}

const appOf = (deployment: Deployment, name: string, type = 'Microsoft.App/containerApps') =>
  deployment.find(type, `xdrrelay-${name}`).body as unknown as App;

function configOf(deployment: Deployment) {
  const { secrets } = appOf(deployment, 'consumers').properties.configuration;
  const text = secrets[0]?.value ?? '';
  return parseConfig(text, 'relay.yaml', {}, SECRETS as Parameters<typeof parseConfig>[3]);
}

describe('relay.yaml', () => {
  it.each([
    ['AzureCloud', 'public', 'core.windows.net', 'vault.azure.net'],
    ['AzureUSGovernment', 'usgov', 'core.usgovcloudapi.net', 'vault.usgovcloudapi.net'],
    ['AzureChinaCloud', 'china', 'core.chinacloudapi.cn', 'vault.azure.cn'],
  ] as const)(
    'is without a mistake in %s, and names what the template creates',
    (azure, cloud, suffix, vault) => {
      const deployment = deploy({}, azure);
      const { config, diagnostics } = configOf(deployment);
      expect(diagnostics).toEqual([]);
      if (!config) throw new Error('no config');
      const state = deployment.outputs.stateAccountName;
      expect(config).toMatchObject({
        cloud,
        key_vault: `https://${deployment.outputs.keyVaultName}.${vault}`,
        queue: { queue_endpoint: `https://${state}.queue.${suffix}` },
        monitoring: { host: '0.0.0.0', port: 9464 },
        destinations: { splunk: { token: 'a-token-of-splunk' } },
      });
      expect(stateOf(config)).toMatchObject({ setting: 'state', account: state });
      expect(sourcesOf(config)).toMatchObject([{ account: 'contosodefender' }]);
      expect(queueAccountOf(config)).toMatchObject({ account: 'contosodefender' });
      const type = 'Microsoft.Storage/storageAccounts';
      for (const container of [
        stateOf(config).container,
        stateOf(config).deadLetterContainer,
        config.transforms_container,
      ]) {
        expect(
          deployment.find(`${type}/blobServices/containers`, `${state}/default/${container}`),
        ).toBeDefined();
      }
      for (const queue of [config.queue.name, `${config.queue.name}-poison`]) {
        expect(deployment.find(`${type}/queueServices/queues`, `${state}/default/${queue}`)).toBeDefined();
      }
    },
  );

  it('accepts Event Grid’s tokens where it posts to the endpoint, and needs no key', () => {
    const { config, diagnostics } = configOf(deploy(ENDPOINT));
    expect(diagnostics).toEqual([]);
    expect(config?.server).toMatchObject({
      keys: [],
      entra: { tenant_id: TENANT, audience: [APPLICATION, `api://${APPLICATION}`] },
    });
    expect(configOf(deploy()).config?.server.entra).toBeUndefined();
  });

  it('needs the application id of Event Grid where Microsoft documents none', () => {
    expect(configOf(deploy(ENDPOINT, 'AzureChinaCloud')).diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('server.entra.client_id is missing'),
    ]);
    const given = deploy({ ...ENDPOINT, eventGridApplicationId: APPLICATION }, 'AzureChinaCloud');
    expect(configOf(given).diagnostics).toEqual([]);
    expect(configOf(given).config?.server.entra?.client_id).toBe(APPLICATION);
  });

  it('stands where each container looks for it', () => {
    const deployment = deploy(ENDPOINT);
    const apps = [
      appOf(deployment, 'consumers'),
      appOf(deployment, 'endpoint'),
      appOf(deployment, 'check', 'Microsoft.App/jobs'),
    ];
    for (const { identity, properties } of apps) {
      const { containers, volumes } = properties.template;
      const [{ args, env, volumeMounts }] = containers;
      const file = args[args.indexOf('--config') + 1];
      const mount = volumeMounts.find(({ mountPath }) => file === `${mountPath}/relay.yaml`);
      const item = volumes.find(({ name }) => name === mount?.volumeName)?.secrets[0];
      expect(item?.path).toBe('relay.yaml');
      expect(properties.configuration.secrets.map(({ name }) => name)).toContain(item?.secretRef);
      const [id] = Object.keys(identity.userAssignedIdentities);
      expect(env).toContainEqual({ name: 'AZURE_CLIENT_ID', value: `client of ${id}` });
    }
  });
});

describe('the apps', () => {
  it('start again with another relay.yaml, and only then', () => {
    const envOf = (parameters: object) =>
      appOf(deploy({ ...parameters }), 'consumers').properties.template.containers[0].env;
    expect(envOf({})).toEqual(envOf({ maxReplicas: 7 }));
    expect(envOf({})).not.toEqual(envOf({ destinationsYaml: 'destinations: {}\n' }));
  });

  it('use commands and options that there are', () => {
    const deployment = deploy(ENDPOINT);
    for (const [name, option] of [
      ['consumers', 'endpoint'],
      ['endpoint', 'consumer'],
    ] as const) {
      const [{ args }] = appOf(deployment, name).properties.template.containers;
      expect(args).toEqual(['serve', `--no-${option}`, '--config', '/etc/xdr-relay/relay.yaml']);
      expect(Object.keys(serve.inputs)).toContain(option);
    }
    const [{ args }] = appOf(deployment, 'check', 'Microsoft.App/jobs').properties.template.containers;
    expect(args).toEqual(['doctor', '--fail-on', 'error', '--config', '/etc/xdr-relay/relay.yaml']);
    expect(Object.keys(doctor.inputs)).toEqual(expect.arrayContaining(['failOn', 'config']));
  });

  it('consumers scale with the tasks that wait, by the identity, and one is always there', () => {
    const { properties } = appOf(deploy({ maxReplicas: 9 }), 'consumers');
    const deployment = deploy();
    const [id] = Object.keys(appOf(deployment, 'consumers').identity.userAssignedIdentities);
    expect(properties.template.scale).toMatchObject({
      minReplicas: 1,
      maxReplicas: 9,
      rules: [
        {
          name: 'queue',
          custom: {
            type: 'azure-queue',
            metadata: {
              accountName: deployment.outputs.stateAccountName,
              queueName: 'xdr-relay',
              queueLengthStrategy: 'visibleonly',
              cloud: 'AzurePublicCloud',
            },
            identity: id,
          },
        },
      ],
    });
    expect(properties.configuration.ingress).toBeUndefined();
    expect(properties.template.terminationGracePeriodSeconds).toBeGreaterThan(29);
  });

  it.each([
    ['0.5', 0.5, '1Gi'],
    ['1', 1, '2Gi'],
    ['4', 4, '8Gi'],
  ])('%s cores have the memory that the consumption plan asks for', (consumerCpu, cpu, memory) => {
    const [{ resources }] = appOf(deploy({ consumerCpu }), 'consumers').properties.template.containers;
    expect(resources).toEqual({ cpu, memory });
  });

  it('are probed where they listen', () => {
    const deployment = deploy(ENDPOINT);
    const portsOf = (name: string) =>
      appOf(deployment, name).properties.template.containers[0].probes?.map(({ type, httpGet }) => [
        type,
        httpGet.port,
        httpGet.path,
      ]);
    const ready = ['Readiness', 9464, '/readyz'];
    expect(portsOf('consumers')).toEqual([['Liveness', 9464, '/healthz'], ready]);
    expect(portsOf('endpoint')).toEqual([['Liveness', 8080, '/healthz'], ready]);
    const { ingress } = appOf(deployment, 'endpoint').properties.configuration;
    expect(ingress).toMatchObject({ targetPort: 8080, external: true, allowInsecure: false });
  });

  it('sign in to a registry only where one is given', () => {
    const of = (registryServer: string) =>
      appOf(deploy({ registryServer }), 'consumers').properties.configuration.registries;
    expect(of('')).toEqual([]);
    expect(of('contoso.azurecr.io')).toEqual([
      {
        server: 'contoso.azurecr.io',
        identity: expect.stringContaining('userAssignedIdentities/xdrrelay-relay'),
      },
    ]);
  });

  it('are in the network only where there is one', () => {
    const networkOf = (privateNetwork: boolean) =>
      (
        deploy({ privateNetwork }).find('Microsoft.App/managedEnvironments').body.properties as Record<
          string,
          unknown
        >
      ).vnetConfiguration;
    expect(networkOf(false)).toBeNull();
    expect(networkOf(true)).toEqual({
      infrastructureSubnetId: `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/xdrrelay-net/subnets/apps`,
      internal: false,
    });
  });
});

/** Microsoft Learn, "Azure built-in roles": the ids that Azure has given them for good. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1': 'Storage Blob Data Reader',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a': 'Storage Queue Data Message Sender',
  '4633458b-17de-408a-b875-0445c86b69e6': 'Key Vault Secrets User',
  'b9a307c4-5aa3-4b52-ba60-2b17c136cd7b': 'Container Apps Jobs Operator',
};

function rightsOf(deployment: Deployment): readonly string[] {
  return deployment.resources
    .filter(({ active, type }) => active && type === 'Microsoft.Authorization/roleAssignments')
    .map(({ body, scope = '' }) => {
      const { roleDefinitionId, principalId, principalType } = body.properties as Record<string, string>;
      expect(principalType).toBe('ServicePrincipal');
      const role = DOCUMENTED[roleDefinitionId?.split('/').at(-1) ?? ''];
      const who = principalId?.split('/').at(-1);
      return `${who}: ${role} on ${scope.replace(`${GROUP_ID}/providers/`, '').replace(`${deployment.outputs.stateAccountName}`, 'STATE')}`;
    })
    .toSorted();
}

const STATE = 'Microsoft.Storage/storageAccounts/STATE';

/** All that the relay may do: read the source, write its own containers and queues, read secrets. */
const RELAY_RIGHTS = [
  'xdrrelay-relay: Key Vault Secrets User on Microsoft.KeyVault/vaults/xdrrelay-kv-',
  `xdrrelay-relay: Storage Blob Data Contributor on ${STATE}/blobServices/default/containers/xdr-relay-dead-letters`,
  `xdrrelay-relay: Storage Blob Data Contributor on ${STATE}/blobServices/default/containers/xdr-relay-state`,
  `xdrrelay-relay: Storage Blob Data Reader on ${STATE}/blobServices/default/containers/xdr-relay-rules`,
  'xdrrelay-relay: Storage Blob Data Reader on Microsoft.Storage/storageAccounts/contosodefender',
  `xdrrelay-relay: Storage Queue Data Contributor on ${STATE}/queueServices/default/queues/xdr-relay`,
  `xdrrelay-relay: Storage Queue Data Contributor on ${STATE}/queueServices/default/queues/xdr-relay-poison`,
];

describe('rights', () => {
  const without = (rights: readonly string[]) =>
    rights.map((each) => each.replace(/(xdrrelay-kv-).*$/, '$1'));

  it('are these and no others, with notifications by the queue', () => {
    expect(without(rightsOf(deploy()))).toEqual(
      [
        'xdrrelay-check: Container Apps Jobs Operator on Microsoft.App/jobs/xdrrelay-check',
        `xdrrelay-events: Storage Queue Data Message Sender on ${STATE}/queueServices/default/queues/xdr-relay`,
        ...RELAY_RIGHTS,
      ].toSorted(),
    );
  });

  it('are fewer with the endpoint and without the check', () => {
    expect(without(rightsOf(deploy({ ...ENDPOINT, checkFirst: false })))).toEqual(
      [...RELAY_RIGHTS].toSorted(),
    );
  });

  it('a second deployment makes the same assignments', () => {
    const names = () =>
      deploy()
        .resources.filter(({ type }) => type.endsWith('roleAssignments'))
        .map(({ name }) => name);
    expect(names()).toEqual(names());
    expect(new Set(names()).size).toBe(names().length);
  });

  it('the state has no keys, and nothing is public', () => {
    const deployment = deploy({ createSourceAccount: true, privateNetwork: true });
    for (const { body } of deployment.resources.filter(
      ({ type }) => type === 'Microsoft.Storage/storageAccounts',
    )) {
      expect(body.properties).toMatchObject({
        allowBlobPublicAccess: false,
        supportsHttpsTrafficOnly: true,
        minimumTlsVersion: 'TLS1_2',
        networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' },
      });
    }
    const state = deployment.find(
      'Microsoft.Storage/storageAccounts',
      String(deployment.outputs.stateAccountName),
    );
    expect(state.body.properties).toMatchObject({ allowSharedKeyAccess: false });
    expect(deployment.find('Microsoft.KeyVault/vaults').body.properties).toMatchObject({
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
      networkAcls: { defaultAction: 'Deny' },
    });
  });
});

it('startRelay=false creates all but what runs', () => {
  for (const parameters of [{}, ENDPOINT]) {
    const active = (startRelay: boolean) =>
      deploy({ ...parameters, startRelay })
        .resources.filter((each) => each.active)
        .map(({ type, name }) => `${type} ${name}`);
    const started = active(true).filter((each) => !active(false).includes(each));
    expect(started).toContain('Microsoft.App/containerApps xdrrelay-consumers');
    const mayWait =
      /containerApps|deploymentScripts|userAssignedIdentities xdrrelay-check|roleAssignments|metricAlerts|eventSubscriptions/;
    for (const each of started) expect(each).toMatch(mayWait);
    expect(active(false)).toContain('Microsoft.ManagedIdentity/userAssignedIdentities xdrrelay-relay');
    expect(active(false).filter((each) => /containerApps|deploymentScripts/.test(each))).toEqual([]);
  }
});

describe('notifications', () => {
  const TYPE = 'Microsoft.EventGrid/systemTopics/eventSubscriptions';

  it('go to the queue by the topic’s own identity', () => {
    const deployment = deploy();
    const { body } = deployment.find(TYPE);
    expect(body.properties).toMatchObject({
      deliveryWithResourceIdentity: {
        identity: { type: 'SystemAssigned' },
        destination: {
          endpointType: 'StorageQueue',
          properties: {
            queueName: 'xdr-relay',
            resourceId: `${GROUP_ID}/providers/Microsoft.Storage/storageAccounts/${deployment.outputs.stateAccountName}`,
          },
        },
      },
    });
    expect(deployment.find('Microsoft.EventGrid/systemTopics').body.identity).toEqual({
      type: 'SystemAssigned',
    });
  });

  it('or to the endpoint, with a token for its application', () => {
    const deployment = deploy(ENDPOINT);
    expect(deployment.find(TYPE).body.properties).toMatchObject({
      destination: {
        endpointType: 'WebHook',
        properties: {
          endpointUrl: deployment.outputs.endpoint,
          azureActiveDirectoryTenantId: TENANT,
          azureActiveDirectoryApplicationIdOrUri: APPLICATION,
        },
      },
    });
    expect(deployment.outputs.endpoint).toMatch(/^https:\/\/xdrrelay-endpoint\.[a-z.]+\/events$/);
  });

  it.each([{}, ENDPOINT])('are of each blob of Defender XDR, the empty ones too: %j', (parameters) => {
    expect(deploy(parameters).find(TYPE).body.properties).toMatchObject({
      eventDeliverySchema: 'EventGridSchema',
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated'],
        subjectBeginsWith: '/blobServices/default/containers/insights-logs-advancedhunting-',
        subjectEndsWith: '.json',
      },
    });
    const { filter } = deploy(parameters).find(TYPE).body.properties as { filter: object };
    expect(filter).not.toHaveProperty('advancedFilters');
  });

  it('leave an existing topic and an existing account alone', () => {
    const deployment = deploy({ existingSystemTopicName: 'shared' });
    const created = deployment.resources
      .filter(({ active }) => active)
      .map(({ type, name }) => `${type} ${name}`);
    expect(created).not.toContain('Microsoft.Storage/storageAccounts contosodefender');
    expect(created.some((each) => each.startsWith('Microsoft.EventGrid/systemTopics '))).toBe(false);
    expect(deployment.find(TYPE).name).toBe('shared/xdr-relay');
    expect(created.some((each) => each.includes('managementPolicies'))).toBe(false);
  });
});

describe('alerts', () => {
  it('go to the address that is given, and fire without one', () => {
    const actionsOf = (alertEmail: string) =>
      deploy({ alertEmail })
        .resources.filter(({ active, type }) => active && /metricAlerts|scheduledQueryRules/.test(type))
        .map(({ body }) => (body.properties as { actions: object | object[] }).actions);
    const group = `${GROUP_ID}/providers/Microsoft.Insights/actionGroups/xdrrelay-alerts`;
    expect(actionsOf('soc@contoso.com')).toEqual([
      ...Array.from({ length: 4 }, () => [{ actionGroupId: group }]),
      { actionGroups: [group] },
    ]);
    expect(actionsOf('')).toEqual([[], [], [], [], { actionGroups: [] }]);
  });

  it('the workbook is JSON that asks the same tables', () => {
    const { serializedData } = deploy().find('Microsoft.Insights/workbooks').body.properties as Record<
      string,
      string
    >;
    const { items } = JSON.parse(serializedData ?? '') as {
      items: { type: number; content: { query?: string } }[];
    };
    const queries = items.flatMap(({ content }) => content.query ?? []);
    expect(queries.length).toBeGreaterThan(3);
    for (const query of queries)
      expect(query).toMatch(/^(?:ContainerAppConsoleLogs|AegDeliveryFailureLogs|AZKVAuditLogs)\n/);
    expect(queries.join('\n')).toContain("startswith 'xdrrelay-'");
  });
});
