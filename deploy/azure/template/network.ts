/** With `privateNetwork`: a virtual network, private endpoints, and the names by which they are found. */
import { call, idOf, parameter, property } from './expression.ts';
import type { Resource } from './model.ts';
import { TAGS } from './record.ts';

const VERSION = '2024-05-01';
const DNS_VERSION = '2024-06-01';
const condition = parameter('privateNetwork');
const prefix = parameter('namePrefix');
const suffixes = property(call('environment'), 'suffixes');

const subnet = (key: string, name: string, index: number, more: object): Resource => ({
  key,
  type: 'Microsoft.Network/virtualNetworks/subnets',
  apiVersion: VERSION,
  names: [`${prefix}-net`, name],
  condition,
  // Two subnets of one network cannot be changed at the same time.
  after: index === 0 ? ['network'] : ['network', 'appsSubnet'],
  body: {
    properties: { addressPrefix: call('cidrSubnet', parameter('addressPrefix'), 26, index), ...more },
  },
});

/** The zones of Microsoft Learn, "Azure private endpoint private DNS zone values", in each cloud. */
const ZONES = {
  blob: `privatelink.blob.${property(suffixes, 'storage')}`,
  queue: `privatelink.queue.${property(suffixes, 'storage')}`,
  vault: `privatelink${call('replace', property(suffixes, 'keyvaultDns'), '.vault.', '.vaultcore.')}`,
} as const;

type Zone = keyof typeof ZONES;

const zone = (name: Zone): readonly Resource[] => [
  {
    key: `${name}Zone`,
    type: 'Microsoft.Network/privateDnsZones',
    apiVersion: DNS_VERSION,
    names: [ZONES[name]],
    condition,
    body: { location: 'global', tags: TAGS },
  },
  {
    key: `${name}ZoneLink`,
    type: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
    apiVersion: DNS_VERSION,
    names: [ZONES[name], `${prefix}-net`],
    condition,
    after: [`${name}Zone`],
    body: {
      location: 'global',
      properties: { registrationEnabled: false, virtualNetwork: { id: idOf('network') } },
    },
  },
];

interface PrivateEndpoint {
  readonly key: string;
  readonly of: string;
  /** The part of the service that the endpoint leads to (`groupIds`). */
  readonly group: 'blob' | 'queue' | 'vault';
  readonly name: string;
}

const privateEndpoint = ({ key, of, group, name }: PrivateEndpoint): readonly Resource[] => [
  {
    key,
    type: 'Microsoft.Network/privateEndpoints',
    apiVersion: VERSION,
    names: [`${prefix}-${name}`],
    condition,
    body: {
      location: parameter('location'),
      tags: TAGS,
      properties: {
        subnet: { id: idOf('endpointsSubnet') },
        privateLinkServiceConnections: [
          { name, properties: { privateLinkServiceId: idOf(of), groupIds: [group] } },
        ],
      },
    },
  },
  {
    key: `${key}Dns`,
    type: 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
    apiVersion: VERSION,
    names: [`${prefix}-${name}`, 'default'],
    condition,
    after: [key],
    body: {
      properties: {
        privateDnsZoneConfigs: [{ name: group, properties: { privateDnsZoneId: idOf(`${group}Zone`) } }],
      },
    },
  },
];

export const networkResources = (): readonly Resource[] => [
  {
    key: 'network',
    type: 'Microsoft.Network/virtualNetworks',
    apiVersion: VERSION,
    names: [`${prefix}-net`],
    condition,
    body: {
      location: parameter('location'),
      tags: TAGS,
      properties: { addressSpace: { addressPrefixes: [parameter('addressPrefix')] } },
    },
  },
  subnet('appsSubnet', 'apps', 0, {
    delegations: [{ name: 'container-apps', properties: { serviceName: 'Microsoft.App/environments' } }],
  }),
  subnet('endpointsSubnet', 'endpoints', 1, { privateEndpointNetworkPolicies: 'Enabled' }),
  ...(Object.keys(ZONES) as Zone[]).flatMap(zone),
  ...privateEndpoint({ key: 'sourceEndpoint', of: 'sourceAccount', group: 'blob', name: 'source-blob' }),
  ...privateEndpoint({ key: 'stateEndpoint', of: 'stateAccount', group: 'blob', name: 'state-blob' }),
  ...privateEndpoint({ key: 'queueEndpoint', of: 'stateAccount', group: 'queue', name: 'state-queue' }),
  ...privateEndpoint({ key: 'vaultEndpoint', of: 'vault', group: 'vault', name: 'vault' }),
];

/** What has to be there before an app can reach the accounts. */
export const NETWORK_FIRST = [
  'sourceEndpointDns',
  'stateEndpointDns',
  'queueEndpointDns',
  'vaultEndpointDns',
];
