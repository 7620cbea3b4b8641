/** What the evidence of Defender's own alerts and behaviours names. */
import { account, FILE, HOST, named, type TableEntities, withId } from '../columns.ts';

const EVIDENCE: TableEntities = [
  HOST,
  account(),
  {
    ...withId(named('process', 'FileName'), 'SHA256', 'SHA1'),
    where: [{ column: 'EntityType', is: ['Process'] }, { column: 'ProcessCommandLine' }],
  },
  FILE,
  named('address', 'RemoteIP'),
  named('address', 'LocalIP'),
  named('url', 'RemoteUrl'),
  withId(named('mail', 'EmailSubject'), 'NetworkMessageId'),
  withId(named('cloud_app', 'Application'), 'OAuthApplicationId', 'ApplicationId'),
  named('registry_key', 'RegistryKey'),
];

export const ALERT_TABLES: Readonly<Record<string, TableEntities>> = {
  AlertEvidence: [
    ...EVIDENCE,
    withId(named('cloud_resource', 'CloudResource', { lastPartOf: 'ResourceID' }), 'ResourceID'),
  ],
  // It names the alert; what the alert is about stands in AlertEvidence.
  AlertInfo: [],
  BehaviorEntities: EVIDENCE,
  BehaviorInfo: [withId(named('host'), 'DeviceId'), withId(named('user', 'AccountUpn'), 'AccountObjectId')],
};
