/** Container Apps: the environment, the endpoint, the consumers that scale with the queue, and the job that checks first. */
import type { Container, ContainerAppProbe, Template, Volume } from '@azure/arm-appcontainers';
import { asNumber, call, choose, idOf, parameter, property, variable } from './expression.ts';
import type { Resource } from './model.ts';
import { NETWORK_FIRST } from './network.ts';
import { NAMES } from './parameters.ts';
import { type Clients, GROUP, recorded } from './record.ts';
import { IDENTITY_VERSION } from './roles.ts';

const FOLDER = '/etc/xdr-relay';
const SECRET = 'relay-yaml';

const identity = {
  type: 'UserAssigned',
  userAssignedIdentities: { [idOf('relayIdentity')]: {} },
} as const;

/** relay.yaml holds no secret, but a secret of the app is what Container Apps can show as a file. */
const secrets = [{ name: SECRET, value: variable('relayYaml') }];
const volumes: Volume[] = [
  { name: 'configuration', storageType: 'Secret', secrets: [{ secretRef: SECRET, path: 'relay.yaml' }] },
];

/** What an app needs before it starts: the roles of its identity, and a way to the accounts. */
const FIRST = [
  ...NETWORK_FIRST,
  'sourceReader',
  'stateWriter',
  'deadLetterWriter',
  'rulesReader',
  'queueUser',
  'poisonUser',
  'secretsReader',
];

/** With an empty list of registries where the image is public. */
const REGISTRIES = choose(
  call('empty', parameter('registryServer')),
  call('createArray'),
  call(
    'createArray',
    call('createObject', 'server', parameter('registryServer'), 'identity', idOf('relayIdentity')),
  ),
);

function container(name: string, args: readonly string[], more: Partial<Container>): Container {
  return {
    name,
    image: parameter('image'),
    args: [...args, '--config', `${FOLDER}/relay.yaml`],
    env: [
      {
        name: 'AZURE_CLIENT_ID',
        value: property(call('reference', idOf('relayIdentity'), IDENTITY_VERSION), 'clientId'),
      },
      // Changes with relay.yaml, so that Container Apps starts a new revision with it: a changed secret alone changes nothing.
      { name: 'XDR_RELAY_CONFIG_ID', value: call('guid', variable('relayYaml')) },
    ],
    volumeMounts: [{ volumeName: 'configuration', mountPath: FOLDER }],
    ...more,
  };
}

const probes = (port: number): ContainerAppProbe[] => [
  {
    type: 'Liveness',
    httpGet: { path: '/healthz', port, scheme: 'HTTP' },
    periodSeconds: 30,
    timeoutSeconds: 5,
    failureThreshold: 4,
  },
  {
    // The relay listens at once and waits for roles that take minutes to work: it is alive meanwhile, and not ready.
    type: 'Readiness',
    httpGet: { path: '/readyz', port: NAMES.monitoringPort, scheme: 'HTTP' },
    periodSeconds: 15,
    timeoutSeconds: 10,
    failureThreshold: 40,
  },
];

/** Longer than the relay takes to finish what is on its way. Seconds. */
const GRACE = 40;

/**
 * Consumers scale with the tasks that wait (KEDA, "Azure Storage Queue"). `visibleonly`: tasks that a consumer holds are not counted, or a
 * tail that is followed would look like work that waits.
 */
const scale: NonNullable<Template['scale']> = {
  minReplicas: 1,
  maxReplicas: asNumber(parameter('maxReplicas')),
  pollingInterval: 30,
  cooldownPeriod: 600,
  rules: [
    {
      name: 'queue',
      custom: {
        type: 'azure-queue',
        metadata: {
          accountName: variable('stateAccountName'),
          queueName: NAMES.queue,
          queueLength: '20',
          queueLengthStrategy: 'visibleonly',
          cloud: variable('kedaCloud'),
        },
        identity: idOf('relayIdentity'),
      },
    },
  ],
};

export async function appResources({ apps }: Clients): Promise<readonly Resource[]> {
  const location = parameter('location');
  const environmentId = idOf('appEnvironment');
  const replace = { 'properties.configuration.registries': REGISTRIES };
  return Promise.all([
    recorded(
      'appEnvironment',
      {
        tags: true,
        replace: {
          'properties.vnetConfiguration': choose(
            parameter('privateNetwork'),
            call('createObject', 'infrastructureSubnetId', idOf('appsSubnet'), 'internal', false),
            call('null'),
          ),
        },
      },
      () =>
        apps.managedEnvironments.createOrUpdate(GROUP, `${parameter('namePrefix')}-env`, {
          location,
          appLogsConfiguration: { destination: 'azure-monitor' },
          workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }],
        }),
    ),
    recorded('checkJob', { tags: true, replace, after: FIRST }, () =>
      apps.jobs.createOrUpdate(GROUP, `${parameter('namePrefix')}-check`, {
        location,
        identity,
        environmentId,
        workloadProfileName: 'Consumption',
        configuration: {
          triggerType: 'Manual',
          manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
          replicaTimeout: 300,
          replicaRetryLimit: 0,
          secrets,
        },
        template: {
          volumes,
          containers: [
            container('check', ['doctor', '--fail-on', 'error'], { resources: { cpu: 0.5, memory: '1Gi' } }),
          ],
        },
      }),
    ),
    recorded(
      'consumers',
      { condition: parameter('startRelay'), tags: true, replace, after: ['checkRun', ...FIRST] },
      () =>
        apps.containerApps.createOrUpdate(GROUP, `${parameter('namePrefix')}-consumers`, {
          location,
          identity,
          environmentId,
          workloadProfileName: 'Consumption',
          configuration: { activeRevisionsMode: 'Single', secrets },
          template: {
            volumes,
            terminationGracePeriodSeconds: GRACE,
            containers: [
              container('consumer', ['serve', '--no-endpoint'], {
                probes: probes(NAMES.monitoringPort),
                resources: {
                  cpu: asNumber(call('json', parameter('consumerCpu'))),
                  memory: variable('consumerMemory'),
                },
              }),
            ],
            scale,
          },
        }),
    ),
    recorded(
      'endpointApp',
      { condition: variable('startsEndpoint'), tags: true, replace, after: ['checkRun', ...FIRST] },
      () =>
        apps.containerApps.createOrUpdate(GROUP, variable('endpointName'), {
          location,
          identity,
          environmentId,
          workloadProfileName: 'Consumption',
          configuration: {
            activeRevisionsMode: 'Single',
            secrets,
            ingress: { external: true, targetPort: NAMES.port, transport: 'auto', allowInsecure: false },
          },
          template: {
            volumes,
            terminationGracePeriodSeconds: GRACE,
            containers: [
              container('endpoint', ['serve', '--no-consumer'], {
                probes: probes(NAMES.port),
                resources: { cpu: 0.5, memory: '1Gi' },
              }),
            ],
            scale: {
              minReplicas: 1,
              maxReplicas: 3,
              rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '50' } } }],
            },
          },
        }),
    ),
  ]);
}
