import { connect } from 'node:tls';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArmWorld, type LabArm, startLabArm } from '../../../lab/arm.ts';
import { VAULT_CERTIFICATE } from '../../../lab/vault-certificate.ts';
import { createArmReader } from '../../../src/azure/arm.ts';
import { CLOUDS } from '../../../src/azure/cloud.ts';
import type { DoctorContext } from '../../../src/relay/doctor/check.ts';
import { azureSetup } from '../../../src/relay/doctor/checks/azure-setup.ts';

const SUBSCRIPTION = '2f0c6f6e-3a2d-4f6b-9a50-5d1f7a0c9b11';
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/soc/providers`;
const ACCOUNT = `${GROUP}/Microsoft.Storage/storageAccounts/contosodefender`;
const TOPIC = `${GROUP}/Microsoft.EventGrid/systemTopics/contoso`;
const PREFIX = 'insights-logs-advancedhunting-';
const never = new AbortController().signal;

const subscription = (over: Record<string, unknown> = {}, filter: Record<string, unknown> = {}) => ({
  name: 'xdr-relay',
  properties: {
    provisioningState: 'Succeeded',
    destination: { endpointType: 'StorageQueue', properties: { queueName: 'xdr-relay' } },
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated'],
      subjectBeginsWith: `/blobServices/default/containers/${PREFIX}`,
      subjectEndsWith: '.json',
      ...filter,
    },
    ...over,
  },
});

const goodWorld = (): ArmWorld => ({
  subscription: SUBSCRIPTION,
  account: ACCOUNT,
  accountProperties: { networkAcls: { bypass: 'Logging, AzureServices', defaultAction: 'Deny' } },
  providers: { 'Microsoft.EventGrid': 'Registered', 'Microsoft.Insights': 'Registered' },
  systemTopics: {
    [`${GROUP}/Microsoft.EventGrid/systemTopics/other`]: '/another/account',
    [`${GROUP}/Microsoft.EventGrid/systemTopics/third`]: '/a/third/account',
    [TOPIC]: ACCOUNT,
  },
  eventSubscriptions: { [TOPIC]: [subscription()] },
});

let arm: LabArm;
let agent: Agent;
beforeEach(async () => {
  const tls = VAULT_CERTIFICATE;
  arm = await startLabArm({ host: 'management.azure.com', token: 'entra-token', tls, world: goodWorld() });
  agent = new Agent({
    connect: (_options, done) => {
      const { port } = arm;
      const servername = 'contoso.vault.azure.net';
      const socket = connect({ host: '127.0.0.1', port, servername, ca: VAULT_CERTIFICATE.cert });
      socket.once('secureConnect', () => done(null, socket));
      socket.once('error', (error) => done(error, null));
    },
  });
});
afterEach(async () => {
  await agent.close();
  await arm.close();
});

function findings({ token = 'entra-token', queue = 'xdr-relay', account = 'contosodefender' } = {}) {
  const reader = createArmReader({
    ...CLOUDS.public.arm,
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) },
    fetch: ((input: URL, init: object) => undiciFetch(input, { ...init, dispatcher: agent })) as typeof fetch,
  });
  const source = { name: undefined, blobs: { account }, account: { containerPrefix: PREFIX }, arm: reader };
  const context = { config: { queue: { name: queue } }, sources: [source] };
  return azureSetup.run(context as unknown as DoctorContext, never);
}

describe('what Resource Manager tells', () => {
  it('is nothing where all is set up, over several subscriptions, topics and pages', async () => {
    expect(await findings()).toEqual([]);
    expect(arm.requests.every((request) => request.startsWith('GET '))).toBe(true);
    expect(arm.requests.some((request) => request.includes('skiptoken'))).toBe(true);
  });

  it('is that resource providers are not registered', async () => {
    arm.world.providers['Microsoft.EventGrid'] = 'NotRegistered';
    delete arm.world.providers['Microsoft.Insights'];
    expect(await findings()).toMatchObject([
      {
        severity: 'error',
        message: expect.stringMatching(/Microsoft\.EventGrid is not registered .*NotRegistered/),
        fix: expect.stringContaining('az provider register --namespace Microsoft.EventGrid'),
      },
      { severity: 'error', message: expect.stringContaining('Microsoft.Insights is not registered') },
    ]);
  });

  it.each([
    [{ networkAcls: { bypass: 'None', defaultAction: 'Deny' } }, 1],
    [{ networkAcls: { bypass: 'Logging', defaultAction: 'Allow' }, publicNetworkAccess: 'Disabled' }, 1],
    [{ networkAcls: { bypass: 'None', defaultAction: 'Allow' } }, 0],
    [{}, 0],
  ])('is whether the firewall lets trusted services through: %j', async (properties, count) => {
    arm.world.accountProperties = properties;
    const found = await findings();
    expect(found).toHaveLength(count);
    if (count > 0) expect(found[0]?.message).toContain('does not let trusted Azure services through');
  });

  it.each([
    [subscription({ provisioningState: 'AwaitingManualAction' }), /not in force/],
    [subscription({}, { includedEventTypes: ['Microsoft.Storage.BlobDeleted'] }), /leaves out/],
    [
      subscription({}, { subjectBeginsWith: '/blobServices/default/containers/logs' }),
      /filter for other subjects/,
    ],
    [
      subscription({}, { subjectBeginsWith: `/blobServices/default/containers/${PREFIX}device` }),
      /a part of the tables/,
    ],
    [subscription({}, { subjectEndsWith: '.parquet' }), /filter for other names/],
    [
      subscription(
        {},
        { advancedFilters: [{ key: 'data.contentLength', operatorType: 'NumberGreaterThan' }] },
      ),
      /creates its append blobs empty/,
    ],
    [
      subscription({ destination: { endpointType: 'StorageQueue', properties: { queueName: 'other' } } }),
      /writes to the queue other/,
    ],
    [subscription({ destination: { endpointType: 'EventHub' } }), /no subscription/],
  ])('is what is wrong with a subscription %#', async (one, message) => {
    arm.world.eventSubscriptions[TOPIC] = [];
    arm.world.eventSubscriptions[ACCOUNT] = [one];
    expect(await findings()).toEqual([
      {
        severity: expect.stringMatching(/error|warning/),
        message: expect.stringMatching(message),
        fix: expect.any(String),
      },
    ]);
  });

  it('is explained where Resource Manager may not be asked', async () => {
    for (const given of [{ token: 'another' }, { account: 'fabrikam' }]) {
      const [found, more] = await findings(given);
      expect(more).toBeUndefined();
      expect(found).toMatchObject({
        severity: 'note',
        fix: expect.stringContaining('az provider show --namespace Microsoft.Insights'),
      });
      expect(JSON.stringify(found)).not.toContain('8f3b2c1d');
    }
    arm.answer = { status: 500, body: { error: { code: 'InternalServerError' } } };
    expect(await findings()).toMatchObject([
      { severity: 'note', message: expect.stringContaining('HTTP 500') },
    ]);
  });

  it('follows no link to another host', async () => {
    arm.answer = { status: 200, body: { value: [], nextLink: 'https://evil.example/subscriptions' } };
    await findings();
    expect(arm.requests).toHaveLength(1);
  });
});
