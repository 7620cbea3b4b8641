/** What the rows of each Advanced Hunting table name, and what rows of a table that is not known here may name. */
import { account, FILE, HOST, named, RECIPIENT, type TableEntities, withId } from '../columns.ts';
import { ALERT_TABLES } from './alerts.ts';
import { CLOUD_TABLES } from './clouds.ts';
import { DEVICE_TABLES } from './devices.ts';
import { IDENTITY_TABLES } from './identities.ts';
import { MESSAGE_TABLES } from './messages.ts';

/** By the table's name, as Microsoft writes it. */
export const ENTITIES_BY_TABLE: Readonly<Record<string, TableEntities>> = {
  ...ALERT_TABLES,
  ...CLOUD_TABLES,
  ...DEVICE_TABLES,
  ...IDENTITY_TABLES,
  ...MESSAGE_TABLES,
};

/** Tables that Microsoft adds mostly use the names of columns that others have. */
export const ENTITIES_OF_OTHER_TABLES: TableEntities = [
  HOST,
  named('host', 'RemoteDeviceName'),
  account(),
  account('InitiatingProcess'),
  RECIPIENT,
  named('user', 'SenderFromAddress'),
  {
    ...withId(named('process', 'FileName'), 'SHA256', 'SHA1'),
    where: [{ column: 'ProcessCommandLine' }],
  },
  withId(named('process', 'InitiatingProcessFileName'), 'InitiatingProcessSHA256', 'InitiatingProcessSHA1'),
  FILE,
  named('address', 'RemoteIP'),
  named('address', 'IPAddress'),
  named('address', 'LocalIP'),
  named('url', 'RemoteUrl'),
  named('url', 'Url'),
  withId(named('mail', 'Subject'), 'NetworkMessageId'),
  withId(named('cloud_app', 'Application'), 'ApplicationId'),
  named('registry_key', 'RegistryKey'),
];
