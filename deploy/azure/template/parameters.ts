// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** The decisions of the person who deploys, and the names that follow from them. */
import { call, choose, parameter, property, type Value, variable } from './expression.ts';
import type { Parameter } from './model.ts';

export const PARAMETERS = {
  namePrefix: {
    type: 'string',
    description:
      'The beginning of the names of all resources: lower-case letters and digits, a letter first. Two relays in one resource group need different ones.',
    default: 'xdrrelay',
    min: 3,
    max: 9,
  },
  location: {
    type: 'string',
    description: 'The region. Event Grid wants that of the storage account that Defender XDR streams to.',
    default: property(call('resourceGroup'), 'location'),
  },
  tags: { type: 'object', description: 'Tags of every resource that can have some.', default: {} },
  startRelay: {
    type: 'bool',
    description:
      'False: creates everything but the apps, so that secrets, rules and the right to pull the image can be put in place before the relay starts.',
    default: true,
  },
  image: {
    type: 'string',
    description:
      'The image of xdr-relay, by reference: registry.example/xdr-relay:1.0.0, or better with the digest, registry.example/xdr-relay@sha256:...',
    min: 3,
  },
  registryServer: {
    type: 'string',
    description:
      'The registry to sign in to with the identity of the relay, such as contoso.azurecr.io: the identity needs the role AcrPull there. Empty: the image is public.',
    default: '',
  },
  sourceAccountName: {
    type: 'string',
    description: 'The storage account that Defender XDR streams to, in this resource group.',
    min: 3,
    max: 24,
  },
  createSourceAccount: {
    type: 'bool',
    description:
      'Creates that account, with a lifecycle rule that deletes its blobs. False: it exists already, and stays as it is.',
    default: false,
  },
  retentionDays: {
    type: 'int',
    description: 'Days after which the lifecycle rule of a created account deletes blobs of Defender XDR.',
    default: 30,
    min: 2,
    max: 365,
  },
  existingSystemTopicName: {
    type: 'string',
    description:
      'The Event Grid system topic of the account, if it has one: an account can have only one. It needs a system-assigned identity. Empty: it is created.',
    default: '',
  },
  notifications: {
    type: 'string',
    description:
      'How Event Grid tells the relay of new blobs: queue, into its Storage Queue, or endpoint, to its public address with tokens of Entra ID.',
    default: 'queue',
    allowed: ['queue', 'endpoint'],
  },
  webhookApplicationId: {
    type: 'string',
    description:
      'With notifications = endpoint: the application id that stands for the webhook in Entra ID (docs/event-grid.md).',
    default: '',
  },
  eventGridApplicationId: {
    type: 'string',
    description:
      'With notifications = endpoint: the application id of Event Grid in Entra ID. Empty: the documented one of the cloud; Microsoft documents none for Azure China.',
    default: '',
  },
  destinationsYaml: {
    type: 'string',
    description:
      'The rest of relay.yaml, from the line "destinations:" on: destinations, default_destinations, alerts, variables. Secrets stay in the Key Vault: write ${keyvault:NAME}.',
    min: 15,
  },
  maxReplicas: {
    type: 'int',
    description:
      'Consumers at most. One is always there, because a blob that grows is followed all the time.',
    default: 4,
    min: 1,
    max: 64,
  },
  consumerCpu: {
    type: 'string',
    description: 'Cores of each consumer. Memory is twice as many GiB.',
    default: '1',
    allowed: ['0.5', '1', '2', '4'],
  },
  privateNetwork: {
    type: 'bool',
    description:
      'Creates a virtual network with private endpoints for the storage accounts and the Key Vault, and closes them to the internet. An existing source account gets the private endpoint, but its firewall stays as it is.',
    default: false,
  },
  addressPrefix: {
    type: 'string',
    description: 'With privateNetwork: the address range of the virtual network, a /24 or larger.',
    default: '10.88.0.0/24',
  },
  alertEmail: {
    type: 'string',
    description: 'Who gets an e-mail when an alert fires. Empty: alerts fire in the portal only.',
    default: '',
  },
  checkFirst: {
    type: 'bool',
    description:
      'Runs "xdr-relay doctor" as a job before the relay starts, and fails the deployment if it finds an error.',
    default: true,
  },
} as const satisfies Readonly<Record<string, Parameter>>;

const unique = call('uniqueString', property(call('resourceGroup'), 'id'), parameter('namePrefix'));
const suffixes = property(call('environment'), 'suffixes');

/** One cloud's value, by the name that ARM gives it. */
const byCloud = (usgov: string, china: string, otherwise: string) =>
  choose(
    call('equals', variable('azure'), 'AzureUSGovernment'),
    usgov,
    choose(call('equals', variable('azure'), 'AzureChinaCloud'), china, otherwise),
  );

export const VARIABLES: Readonly<Record<string, Value>> = {
  azure: property(call('environment'), 'name'),
  cloud: byCloud('usgov', 'china', 'public'),
  kedaCloud: byCloud('AzureUSGovernmentCloud', 'AzureChinaCloud', 'AzurePublicCloud'),
  stateAccountName: `${parameter('namePrefix')}st${unique}`,
  vaultName: `${parameter('namePrefix')}-kv-${call('take', unique, 10)}`,
  vaultUri: `https://${variable('vaultName')}${property(suffixes, 'keyvaultDns')}`,
  topicName: choose(
    call('empty', parameter('existingSystemTopicName')),
    `${parameter('namePrefix')}-events`,
    parameter('existingSystemTopicName'),
  ),
  endpointName: `${parameter('namePrefix')}-endpoint`,
  usesEndpoint: call('equals', parameter('notifications'), 'endpoint'),
  startsEndpoint: call(
    'and',
    parameter('startRelay'),
    call('equals', parameter('notifications'), 'endpoint'),
  ),
  checks: call('and', parameter('startRelay'), parameter('checkFirst')),
  hasEmail: call('not', call('empty', parameter('alertEmail'))),
  consumerMemory: choose(
    call('equals', parameter('consumerCpu'), '0.5'),
    '1Gi',
    `${call('string', call('mul', 2, call('int', parameter('consumerCpu'))))}Gi`,
  ),
};

/** Names that are the same in every deployment. */
export const NAMES = {
  queue: 'xdr-relay',
  poison: 'xdr-relay-poison',
  state: 'xdr-relay-state',
  deadLetters: 'xdr-relay-dead-letters',
  rules: 'xdr-relay-rules',
  subscription: 'xdr-relay',
  monitoringPort: 9464,
  port: 8080,
} as const;
