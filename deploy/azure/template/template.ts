/** The whole deployment: storage, notifications, roles, secrets, apps, network and monitoring. */
import { appResources } from './apps.ts';
import { checkResources, identityResources } from './check.ts';
import { ENVIRONMENT_DOMAIN, eventGridResources } from './event-grid.ts';
import { call, choose, idOf, property, variable } from './expression.ts';
import type { Template } from './model.ts';
import { monitoringResources } from './monitoring.ts';
import { networkResources } from './network.ts';
import { PARAMETERS, VARIABLES } from './parameters.ts';
import { recordingClients } from './record.ts';
import { RELAY_YAML } from './relay-yaml.ts';
import { IDENTITY_VERSION, roleAssignments } from './roles.ts';
import { storageResources } from './storage.ts';
import { vaultResources } from './vault.ts';

/** Builds the template. Sends nothing; the same each time. */
export async function buildTemplate(): Promise<Template> {
  const clients = recordingClients();
  return {
    description:
      'xdr-relay on Azure Container Apps: streams events of Microsoft Defender XDR from a storage account to Splunk, Slack, Teams and webhooks.',
    parameters: PARAMETERS,
    variables: { ...VARIABLES, relayYaml: RELAY_YAML },
    resources: [
      ...identityResources(),
      ...networkResources(),
      ...(await storageResources(clients)),
      ...(await vaultResources(clients)),
      ...(await appResources(clients)),
      ...roleAssignments(variable('usesEndpoint'), variable('checks')),
      ...checkResources(),
      ...(await eventGridResources(clients)),
      ...(await monitoringResources(clients)),
    ],
    outputs: {
      relayIdentityPrincipalId: {
        type: 'string',
        value: property(call('reference', idOf('relayIdentity'), IDENTITY_VERSION), 'principalId'),
      },
      stateAccountName: { type: 'string', value: variable('stateAccountName') },
      keyVaultName: { type: 'string', value: variable('vaultName') },
      endpoint: {
        type: 'string',
        value: choose(
          variable('usesEndpoint'),
          `https://${variable('endpointName')}.${ENVIRONMENT_DOMAIN}/events`,
          '',
        ),
      },
    },
  };
}
