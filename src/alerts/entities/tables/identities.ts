/** What rows about accounts and sign-ins name. */
import { type EntityColumns, named, type TableEntities, withId } from '../columns.ts';

/** The account of Defender for Identity's tables. */
const ACCOUNT: EntityColumns = {
  kind: 'user',
  name: ['AccountUpn', { domain: 'AccountDomain', account: 'AccountName' }, 'AccountDisplayName'],
  id: ['AccountObjectId', 'AccountSid'],
};
const IP = named('address', 'IPAddress');
const DESTINATION = named('address', 'DestinationIPAddress');
const APPLICATION = withId(named('cloud_app', 'Application'), 'ApplicationId');
/** What is signed in to is an application of Entra too. */
const RESOURCE = withId(named('cloud_app', 'ResourceDisplayName'), 'ResourceId');
const HOSTS: TableEntities = [
  named('host', 'DeviceName'),
  named('host', 'TargetDeviceName'),
  named('host', 'DestinationDeviceName'),
];

export const IDENTITY_TABLES: Readonly<Record<string, TableEntities>> = {
  EntraIdSignInEvents: [
    named('host', 'DeviceName'),
    withId(named('user', 'AccountUpn', 'AccountDisplayName', 'AlternateSignInName'), 'AccountObjectId'),
    IP,
    APPLICATION,
    RESOURCE,
  ],
  EntraIdSpnSignInEvents: [
    IP,
    withId(named('cloud_app', 'ServicePrincipalName'), 'ServicePrincipalId'),
    APPLICATION,
    RESOURCE,
  ],
  GraphAPIAuditEvents: [
    withId(named('user'), 'AccountObjectId'),
    named('address', 'IPAddress', 'IpAddress'),
    named('url', 'RequestUri'),
    withId(named('cloud_app'), 'ApplicationId', 'ServicePrincipalId'),
  ],
  IdentityAccountInfo: [withId(named('user', 'AccountUpn', 'EmailAddress', 'DisplayName'), 'Sid')],
  IdentityDirectoryEvents: [
    ...HOSTS,
    ACCOUNT,
    named('user', 'TargetAccountUpn', 'TargetAccountDisplayName'),
    IP,
    DESTINATION,
    named('cloud_app', 'Application'),
  ],
  IdentityEvents: [
    named('user', 'AccountUpn', 'AccountDisplayName', 'AccountId'),
    {
      kind: 'user',
      each: 'TargetObjects',
      name: ['Upn', 'UserPrincipalName', 'DisplayName', 'Name'],
      where: [{ column: 'Type', is: ['User', 'Account'] }],
    },
    IP,
    named('cloud_app', 'Application'),
  ],
  IdentityInfo: [
    {
      kind: 'user',
      name: [
        'AccountUpn',
        { domain: 'AccountDomain', account: 'AccountName' },
        'AccountDisplayName',
        'EmailAddress',
      ],
      id: ['AccountObjectId', 'OnPremSid', 'CloudSid'],
    },
  ],
  IdentityLogonEvents: [
    ...HOSTS,
    ACCOUNT,
    named('user', 'TargetAccountDisplayName'),
    IP,
    DESTINATION,
    named('cloud_app', 'Application'),
  ],
  IdentityQueryEvents: [
    ...HOSTS,
    ACCOUNT,
    named('user', 'TargetAccountUpn', 'TargetAccountDisplayName'),
    IP,
    DESTINATION,
    named('cloud_app', 'Application'),
  ],
};
