/** The step that runs the job "xdr-relay doctor" before anything is started, and the identities. */
import { call, idOf, parameter, property, variable } from './expression.ts';
import type { Resource } from './model.ts';
import { TAGS } from './record.ts';
import { IDENTITY_VERSION } from './roles.ts';

const JOB_VERSION = '2025-07-01';

/**
 * Starts the job and waits for it. A role that was just assigned takes minutes to work, so a failure is tried again for a while.
 * The job's findings are in its log.
 */
export const CHECK_SCRIPT = `set -eu
for try in 1 2 3 4 5 6; do
  run=$(az rest --method post --url "$JOB/start?api-version=${JOB_VERSION}" --query name --output tsv)
  status=Running
  for turn in $(seq 40); do
    sleep 10
    status=$(az rest --method get --url "$JOB/executions/$run?api-version=${JOB_VERSION}" --query properties.status --output tsv)
    case "$status" in
      Succeeded) echo "xdr-relay doctor found no error"; exit 0 ;;
      Failed | Degraded | Stopped) break ;;
    esac
  done
  echo "try $try: $run: $status"
  sleep 60
done
echo "xdr-relay doctor found errors: see the log of the job $JOB" >&2
exit 1
`;

const managedIdentity = (key: string, name: string, condition?: string): Resource => ({
  key,
  type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
  apiVersion: IDENTITY_VERSION,
  names: [`${parameter('namePrefix')}-${name}`],
  condition,
  body: { location: parameter('location'), tags: TAGS },
});

export const identityResources = (): readonly Resource[] => [
  managedIdentity('relayIdentity', 'relay'),
  managedIdentity('checkIdentity', 'check', variable('checks')),
];

/** `Microsoft.Resources/deploymentScripts` (Microsoft Learn, "Use deployment scripts in Bicep"). */
export const checkResources = (): readonly Resource[] => [
  {
    key: 'checkRun',
    type: 'Microsoft.Resources/deploymentScripts',
    apiVersion: '2023-08-01',
    names: [`${parameter('namePrefix')}-check`],
    condition: variable('checks'),
    after: ['checkStarter'],
    body: {
      location: parameter('location'),
      tags: TAGS,
      kind: 'AzureCLI',
      identity: { type: 'UserAssigned', userAssignedIdentities: { [idOf('checkIdentity')]: {} } },
      properties: {
        azCliVersion: '2.63.0',
        // A changed configuration or image is checked again; the same deployment is not.
        forceUpdateTag: call(
          'guid',
          parameter('image'),
          parameter('destinationsYaml'),
          parameter('notifications'),
          parameter('sourceAccountName'),
        ),
        environmentVariables: [
          {
            name: 'JOB',
            value: `${property(call('environment'), 'resourceManager')}${call('substring', idOf('checkJob'), 1)}`,
          },
        ],
        scriptContent: CHECK_SCRIPT,
        timeout: 'PT1H',
        retentionInterval: 'P1D',
        cleanupPreference: 'OnExpiration',
      },
    },
  },
];
