/** What only Resource Manager tells: resource providers, the account's firewall, Event Grid's subscriptions. Explained where it may not be asked. */
import { z } from 'zod';
import type { ArmReader } from '../../../azure/arm.ts';
import { codeOf, messageOf } from '../../../shared/errors.ts';
import {
  type Check,
  type DoctorContext,
  type DoctorSource,
  error,
  type Finding,
  note,
  ofSource,
  warning,
} from '../check.ts';

/** The versions of the documented REST interfaces (Microsoft Learn, "Azure REST API reference"). */
const API = {
  subscriptions: '2022-12-01',
  resources: '2021-04-01',
  providers: '2021-04-01',
  storage: '2023-05-01',
  eventGrid: '2022-06-15',
} as const;
/** Subscriptions that are searched for the account. */
const MOST_SUBSCRIPTIONS = 50;
/** The resource providers that the set-up needs: Event Grid itself, and the one that Defender's Streaming API asks for. */
const PROVIDERS = ['Microsoft.EventGrid', 'Microsoft.Insights'] as const;
const BLOB_CREATED = 'Microsoft.Storage.BlobCreated';

export const azureSetup: Check = {
  id: 'azure-setup',
  title: 'Azure is set up: providers, firewall, subscription',
  async run(context, signal) {
    const all = await Promise.all(context.sources.map((source) => setupOf(context, source, signal)));
    return all.flat();
  },
};

async function setupOf(
  context: DoctorContext,
  source: DoctorSource,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { arm, blobs } = source;
  if (!arm) return [unasked(source, 'the relay signs in with a connection string')];
  try {
    const id = await findAccount(arm, blobs.account, signal);
    if (id === undefined) return [unasked(source, 'the identity of the relay sees no such account there')];
    const subscription = `/subscriptions/${id.split('/')[2]}`;
    const parts = await Promise.all([
      providers(arm, subscription, signal),
      firewall(arm, id, source, signal),
      subscriptions(context, source, { arm, id, subscription }, signal),
    ]);
    return parts.flat();
  } catch (thrown) {
    signal.throwIfAborted();
    if (codeOf(thrown) !== 'arm_refused' && codeOf(thrown) !== 'arm_unavailable') throw thrown;
    return [unasked(source, messageOf(thrown))];
  }
}

function unasked(source: DoctorSource, why: string): Finding {
  const { account } = source.blobs;
  const found = note(
    `Resource Manager was not asked about ${account}${ofSource(source)}: ${why}`,
    [
      'give the identity the role Reader on the account, or check by hand:',
      ...PROVIDERS.map(
        (name) => `"az provider show --namespace ${name} --query registrationState" says Registered,`,
      ),
      `"az storage account show --name ${account} --query networkRuleSet" has bypass AzureServices or defaultAction Allow,`,
      '"az eventgrid event-subscription list --source-resource-id <id of the account>" lists a subscription with BlobCreated',
    ].join(' '),
  );
  return { ...found, unknown: true };
}

const resourceSchema = z.object({ id: z.string().max(2_000), name: z.string().max(260).optional() });
const subscriptionSchema = z.object({ subscriptionId: z.string().regex(/^[0-9a-fA-F-]{36}$/) });

/** The resource id of a storage account; undefined if the identity sees none of that name. */
async function findAccount(
  arm: ArmReader,
  account: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const listed = await arm.list('/subscriptions', API.subscriptions, signal);
  const ids = listed.flatMap((one) => subscriptionSchema.safeParse(one).data?.subscriptionId ?? []);
  const filter = `resourceType eq 'Microsoft.Storage/storageAccounts' and name eq '${account}'`;
  for (const id of ids.slice(0, MOST_SUBSCRIPTIONS)) {
    const found = await arm.list(`/subscriptions/${id}/resources`, API.resources, signal, filter);
    for (const one of found) {
      const resource = resourceSchema.safeParse(one).data;
      const isIt = resource?.id
        .toLowerCase()
        .endsWith(`/microsoft.storage/storageaccounts/${account.toLowerCase()}`);
      if (resource && isIt) return resource.id;
    }
  }
  return undefined;
}

const providerSchema = z.object({ registrationState: z.string() });

async function providers(
  arm: ArmReader,
  subscription: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const found = await Promise.all(
    PROVIDERS.map(async (name): Promise<Finding[]> => {
      const answer = await arm.get(`${subscription}/providers/${name}`, API.providers, signal);
      const state = providerSchema.safeParse(answer).data?.registrationState;
      if (state === 'Registered') return [];
      return [
        error(
          `the resource provider ${name} is not registered in the subscription (${state ?? 'unknown'})`,
          `run "az provider register --namespace ${name}" and wait until it says Registered`,
        ),
      ];
    }),
  );
  return found.flat();
}

const accountSchema = z.object({
  properties: z.object({
    publicNetworkAccess: z.string().optional(),
    networkAcls: z.object({ bypass: z.string().optional(), defaultAction: z.string().optional() }).optional(),
  }),
});

async function firewall(
  arm: ArmReader,
  id: string,
  source: DoctorSource,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { networkAcls: acls, publicNetworkAccess } =
    accountSchema.safeParse(await arm.get(id, API.storage, signal)).data?.properties ?? {};
  const isClosed = acls?.defaultAction === 'Deny' || publicNetworkAccess === 'Disabled';
  const passes = (acls?.bypass ?? '').split(',').some((each) => each.trim() === 'AzureServices');
  if (!isClosed || passes) return [];
  return [
    error(
      `the firewall of ${source.blobs.account} does not let trusted Azure services through: Defender cannot write, and Event Grid cannot deliver`,
      `run "az storage account update --ids ${id} --bypass AzureServices"`,
    ),
  ];
}

const eventSubscriptionSchema = z.object({
  name: z.string().max(260),
  properties: z.object({
    provisioningState: z.string().optional(),
    destination: z
      .object({
        endpointType: z.string(),
        properties: z.object({ queueName: z.string().optional() }).optional(),
      })
      .nullish(),
    filter: z
      .object({
        includedEventTypes: z.array(z.string()).nullish(),
        subjectBeginsWith: z.string().nullish(),
        subjectEndsWith: z.string().nullish(),
        advancedFilters: z.array(z.object({ key: z.string().optional() })).nullish(),
      })
      .nullish(),
  }),
});

type EventSubscription = z.infer<typeof eventSubscriptionSchema>;

interface Place {
  readonly arm: ArmReader;
  /** The resource id of the storage account, and of its subscription. */
  readonly id: string;
  readonly subscription: string;
}

/** The subscriptions on the account itself, and those of its system topics. */
async function subscriptions(
  { config }: DoctorContext,
  source: DoctorSource,
  { arm, id, subscription }: Place,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const path = '/providers/Microsoft.EventGrid';
  const own = arm.list(`${id}${path}/eventSubscriptions`, API.eventGrid, signal);
  const topics = await arm.list(`${subscription}${path}/systemTopics`, API.eventGrid, signal);
  const topicSchema = z.object({ id: z.string(), properties: z.object({ source: z.string() }) });
  const ofTopics = topics.flatMap((one) => {
    const topic = topicSchema.safeParse(one).data;
    const isIt = topic?.properties.source.toLowerCase() === id.toLowerCase();
    return topic && isIt ? [arm.list(`${topic.id}/eventSubscriptions`, API.eventGrid, signal)] : [];
  });
  const all = (await Promise.all([own, ...ofTopics])).flat();
  const found = all.flatMap((one) => eventSubscriptionSchema.safeParse(one).data ?? []);
  const ours = [...new Map(found.map((one) => [one.name, one])).values()].filter(isOurs);
  if (ours.length === 0) {
    return [
      error(
        `Event Grid has no subscription to the account ${source.blobs.account} that leads to a webhook or a queue`,
        'create one as docs/event-grid.md shows; until then the sweep finds new blobs, minutes later',
      ),
    ];
  }
  const { containerPrefix } = source.account;
  return ours.flatMap((one) => troubles(one, { containerPrefix, queue: config.queue.name }));
}

const isOurs = ({ properties: { destination } }: EventSubscription): boolean =>
  destination?.endpointType === 'WebHook' || destination?.endpointType === 'StorageQueue';

function troubles(
  { name, properties }: EventSubscription,
  { containerPrefix, queue }: { readonly containerPrefix: string; readonly queue: string },
): readonly Finding[] {
  const { provisioningState: state, filter, destination } = properties;
  const found: Finding[] = [];
  const the = `the subscription ${name} of Event Grid`;
  const update = `"az eventgrid event-subscription update --name ${name} ..."`;
  if (state !== undefined && state !== 'Succeeded') {
    found.push(
      error(`${the} is not in force (${state})`, 'delete it and create it again while the relay is running'),
    );
  }
  const types = filter?.includedEventTypes ?? [];
  if (types.length > 0 && !types.includes(BLOB_CREATED)) {
    found.push(error(`${the} leaves out ${BLOB_CREATED}`, `add it with ${update} --included-event-types`));
  }
  const begins = filter?.subjectBeginsWith ?? '';
  const wanted = `/blobServices/default/containers/${containerPrefix}`;
  if (!wanted.startsWith(begins) && !begins.startsWith(wanted)) {
    found.push(
      error(`${the} has a filter for other subjects: ${begins}`, `set --subject-begins-with ${wanted}`),
    );
  } else if (begins.length > wanted.length) {
    found.push(
      warning(`${the} announces a part of the tables only: ${begins}`, `set --subject-begins-with ${wanted}`),
    );
  }
  const ends = filter?.subjectEndsWith ?? '';
  if (ends !== '' && !'PT1H.json'.endsWith(ends)) {
    found.push(error(`${the} has a filter for other names: ${ends}`, 'set --subject-ends-with .json'));
  }
  for (const { key = '' } of filter?.advancedFilters ?? []) {
    if (!/^data\.(?:contentLength|blobType)$/i.test(key)) continue;
    found.push(
      error(
        `${the} filters on ${key}: Defender creates its append blobs empty, so that no notification passes`,
        'remove this advanced filter',
      ),
    );
  }
  const to = destination?.properties?.queueName;
  if (destination?.endpointType === 'StorageQueue' && to !== undefined && to !== queue) {
    found.push(
      warning(
        `${the} writes to the queue ${to}, and the relay reads ${queue}`,
        'correct queue.name, or the subscription',
      ),
    );
  }
  return found;
}
