/** The roles that the deployment assigns, each on the narrowest scope that works. */
import { call, choose, idOf, property } from './expression.ts';
import type { Resource } from './model.ts';

/** Built-in roles (Microsoft Learn, "Azure built-in roles"). */
export const ROLES = {
  blobReader: { id: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', title: 'Storage Blob Data Reader' },
  blobContributor: { id: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe', title: 'Storage Blob Data Contributor' },
  queueContributor: { id: '974c5e8b-45b9-4653-ba55-5f855dd0fb88', title: 'Storage Queue Data Contributor' },
  queueSender: { id: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a', title: 'Storage Queue Data Message Sender' },
  secretsUser: { id: '4633458b-17de-408a-b875-0445c86b69e6', title: 'Key Vault Secrets User' },
  jobsOperator: { id: 'b9a307c4-5aa3-4b52-ba60-2b17c136cd7b', title: 'Container Apps Jobs Operator' },
} as const;

export type RoleName = keyof typeof ROLES;

/** Who gets a role: a user-assigned identity of this template, or the system topic. */
export type Principal = 'relayIdentity' | 'checkIdentity' | 'systemTopic';

export interface Assignment {
  readonly key: string;
  readonly role: RoleName;
  readonly principal: Principal;
  /** The key of the resource that the role is for. */
  readonly scope: string;
  readonly condition?: string;
}

export const IDENTITY_VERSION = '2023-01-31';
const TOPIC_VERSION = '2022-06-15';

/** What the principal is called in Entra ID, which is known only once it exists. */
function principalId(principal: Principal): string {
  const id = idOf(principal);
  return principal === 'systemTopic'
    ? property(call('reference', id, TOPIC_VERSION, 'Full'), 'identity', 'principalId')
    : property(call('reference', id, IDENTITY_VERSION), 'principalId');
}

/** A role assignment. Its name is derived from its parts, so that a second deployment changes nothing. */
export function assign({ key, role, principal, scope, condition }: Assignment): Resource {
  const { id, title } = ROLES[role];
  return {
    key,
    type: 'Microsoft.Authorization/roleAssignments',
    apiVersion: '2022-04-01',
    names: [call('guid', idOf(scope), idOf(principal), id)],
    scope,
    condition,
    body: {
      properties: {
        roleDefinitionId: call('subscriptionResourceId', 'Microsoft.Authorization/roleDefinitions', id),
        principalId: principalId(principal),
        principalType: 'ServicePrincipal',
        description: `xdr-relay: ${title}`,
      },
    },
  };
}

/** The roles of the relay, of Event Grid, and of the check. */
export function roleAssignments(usesEndpoint: string, checks: string): readonly Resource[] {
  return [
    assign({ key: 'sourceReader', role: 'blobReader', principal: 'relayIdentity', scope: 'sourceAccount' }),
    assign({
      key: 'stateWriter',
      role: 'blobContributor',
      principal: 'relayIdentity',
      scope: 'stateContainer',
    }),
    assign({
      key: 'deadLetterWriter',
      role: 'blobContributor',
      principal: 'relayIdentity',
      scope: 'deadLetterContainer',
    }),
    assign({ key: 'rulesReader', role: 'blobReader', principal: 'relayIdentity', scope: 'rulesContainer' }),
    assign({ key: 'queueUser', role: 'queueContributor', principal: 'relayIdentity', scope: 'queue' }),
    assign({ key: 'poisonUser', role: 'queueContributor', principal: 'relayIdentity', scope: 'poisonQueue' }),
    assign({ key: 'secretsReader', role: 'secretsUser', principal: 'relayIdentity', scope: 'vault' }),
    assign({
      key: 'eventGridSender',
      role: 'queueSender',
      principal: 'systemTopic',
      scope: 'queue',
      condition: choose(usesEndpoint, false, true),
    }),
    assign({
      key: 'checkStarter',
      role: 'jobsOperator',
      principal: 'checkIdentity',
      scope: 'checkJob',
      condition: checks,
    }),
  ];
}
