/** What rows about cloud apps, cloud resources and data in them name. */
import {
  CLOUD_RESOURCES,
  type EntityColumns,
  FILE,
  HOST,
  named,
  type TableEntities,
  withId,
} from '../columns.ts';

const FILES = ['File', 'Folder', 'Document'];
const USERS = ['User', 'Account'];
const APPS = ['Application', 'Service principal', 'ServicePrincipal'];
const POD = named('cloud_resource', 'KubernetesPodName', 'KubernetesResource');
const CONTAINER = withId(named('cloud_resource', 'ContainerName'), 'ContainerId');

/** The objects of an activity in a cloud app, whose type says what they are. */
function objects(kind: EntityColumns['kind'], types: readonly string[]): TableEntities {
  return [
    { kind, name: ['ObjectName'], where: [{ column: 'ObjectType', is: types }] },
    { kind, each: 'ActivityObjects', name: ['Name'], where: [{ column: 'Type', is: types }] },
  ];
}

export const CLOUD_TABLES: Readonly<Record<string, TableEntities>> = {
  AgentsInfo: [
    { kind: 'user', each: 'Owners', name: ['Upn', 'UserPrincipalName', 'DisplayName', 'Name'], id: ['Id'] },
    withId(named('cloud_app', 'AgentName'), 'EntraAgentId', 'AgentId'),
  ],
  CloudAppEvents: [
    withId(named('user', 'AccountDisplayName', 'AccountId'), 'AccountObjectId'),
    ...objects('user', USERS),
    ...objects('file', FILES),
    named('address', 'IPAddress'),
    withId(named('cloud_app', 'Application'), 'ApplicationId'),
    ...objects('cloud_app', APPS),
    withId(named('cloud_app'), 'OAuthAppId'),
  ],
  CloudAuditEvents: [
    named('user', 'Account'),
    named('address', 'IPAddress'),
    ...CLOUD_RESOURCES,
    withId(named('cloud_resource', { lastPartOf: 'ResourceId' }), 'ResourceId'),
  ],
  CloudDnsEvents: [
    named('host', 'HostName'),
    named('process', 'ProcessName'),
    named('url', 'DnsQuery'),
    ...CLOUD_RESOURCES,
    POD,
    CONTAINER,
  ],
  CloudPolicyEnforcementEvents: [...CLOUD_RESOURCES, named('cloud_resource', 'ResourceName')],
  CloudProcessEvents: [
    named('user', 'AccountName'),
    named('process', 'ProcessName', 'FileName'),
    named('process', 'ParentProcessName'),
    named('file', { folder: 'FolderPath', file: 'FileName' }),
    ...CLOUD_RESOURCES,
    POD,
    CONTAINER,
  ],
  CloudStorageAggregatedEvents: [
    withId(named('user', 'AccountUpn'), 'AccountObjectId'),
    named('address', 'IPAddress', 'IpAddress'),
    withId(named('cloud_app'), 'AccountApplicationId'),
    withId(named('cloud_resource', 'StorageAccount', { lastPartOf: 'AzureResourceId' }), 'AzureResourceId'),
  ],
  DataSecurityBehaviors: [named('user', 'AccountUpn', 'AccountEmail'), named('cloud_app', 'Application')],
  DataSecurityEvents: [
    HOST,
    withId(named('user', 'AccountUpn'), 'AccountObjectId'),
    named('user', 'RecipientEmailAddress'),
    { kind: 'file', name: ['ObjectName'], where: [{ column: 'ObjectType', is: FILES }] },
    named('file', 'TargetFilePath'),
    named('address', 'IPAddress'),
    named('url', 'SiteUrl'),
    named('url', 'SourceUrlDomain'),
    named('url', 'TargetUrlDomain'),
    withId(named('mail', 'EmailSubject'), 'NetworkMessageId'),
    named('cloud_app', 'ApplicationNames'),
  ],
  FileMaliciousContentInfo: [
    named('user', 'FileOwnerUpn', 'FileOwnerDisplayName'),
    named('user', 'LastModifyingAccountUpn'),
    { ...FILE, id: ['SHA256'] },
    named('cloud_app', 'Workload'),
  ],
  OAuthAppInfo: [withId(named('cloud_app', 'AppName'), 'OAuthAppId', 'ServicePrincipalId')],
};
