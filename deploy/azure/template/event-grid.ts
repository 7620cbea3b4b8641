/** Event Grid: the source account's topic, and the subscription that tells the relay of new blobs. */
import type { EventSubscription } from '@azure/arm-eventgrid';
import { call, choose, idOf, parameter, property, variable } from './expression.ts';
import type { Resource } from './model.ts';
import { NAMES } from './parameters.ts';
import { type Clients, GROUP, recorded } from './record.ts';

/**
 * What docs/event-grid.md says: the containers of Defender XDR, and no filter on length or type, since an append blob is created empty.
 */
const shared: EventSubscription = {
  eventDeliverySchema: 'EventGridSchema',
  filter: {
    includedEventTypes: ['Microsoft.Storage.BlobCreated'],
    subjectBeginsWith: '/blobServices/default/containers/insights-logs-advancedhunting-',
    subjectEndsWith: '.json',
    isSubjectCaseSensitive: false,
  },
  retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
};

export async function eventGridResources({ eventGrid }: Clients): Promise<readonly Resource[]> {
  const topic = variable('topicName');
  const subscription = eventGrid.systemTopicEventSubscriptions;
  return Promise.all([
    recorded(
      'systemTopic',
      { condition: call('empty', parameter('existingSystemTopicName')), tags: true },
      () =>
        eventGrid.systemTopics.beginCreateOrUpdate(GROUP, topic, {
          location: parameter('location'),
          identity: { type: 'SystemAssigned' },
          source: idOf('sourceAccount'),
          topicType: 'Microsoft.Storage.StorageAccounts',
        }),
    ),
    recorded(
      'queueSubscription',
      {
        condition: choose(variable('usesEndpoint'), false, true),
        // Without its role, Event Grid would be refused the queue at once.
        after: ['systemTopic', 'queue', 'eventGridSender'],
      },
      () =>
        subscription.beginCreateOrUpdate(GROUP, topic, NAMES.subscription, {
          ...shared,
          deliveryWithResourceIdentity: {
            identity: { type: 'SystemAssigned' },
            destination: {
              endpointType: 'StorageQueue',
              resourceId: idOf('stateAccount'),
              queueName: NAMES.queue,
              // The queue's own limit, and longer than any outage that the sweep would not have covered by then.
              queueMessageTimeToLiveInSeconds: 604_800,
            },
          },
        }),
    ),
    recorded(
      'endpointSubscription',
      // Event Grid validates the address while it subscribes, so the endpoint has to run.
      { condition: variable('startsEndpoint'), after: ['systemTopic', 'endpointApp'] },
      () =>
        subscription.beginCreateOrUpdate(GROUP, topic, `${NAMES.subscription}-endpoint`, {
          ...shared,
          destination: {
            endpointType: 'WebHook',
            endpointUrl: `https://${variable('endpointName')}.${ENVIRONMENT_DOMAIN}/events`,
            azureActiveDirectoryTenantId: property(call('subscription'), 'tenantId'),
            azureActiveDirectoryApplicationIdOrUri: parameter('webhookApplicationId'),
            maxEventsPerBatch: 1000,
            preferredBatchSizeInKilobytes: 512,
          },
        }),
    ),
  ]);
}

/** The domain that Container Apps gave the environment, below which the endpoint has its address. */
export const ENVIRONMENT_DOMAIN = property(
  call('reference', idOf('appEnvironment'), '2025-07-01'),
  'defaultDomain',
);
