/** How the contract suite talks to each type of destination: the same cases on Node and in workerd. */
import type { ReceiverReply } from '../../lab/receivers/server.ts';
import { createDestination } from '../../src/destinations/create.ts';
import type { DestinationDeps, EntraCredentials } from '../../src/destinations/deps.ts';
import { descriptorOf, destinationSchema, type HttpDestinationType } from '../../src/destinations/list.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { workerCredential } from '../../src/hosts/worker/source-credential.ts';
import { codeOf } from '../../src/shared/errors.ts';
import type { Protocol } from './register-destination-tests.ts';

/** One way to configure a type, and what its receiver is to say. */
export interface ContractCase {
  /** Where a type has several cases. */
  readonly variant?: string;
  readonly protocol: Protocol;
  /** The token or signature's secret that the receiver wants; empty: none. */
  readonly receiverSecret: string;
  /** The entry in relay.yaml, for a receiver at this origin. @param key a credential that the receiver has made; empty: none. */
  readonly entry: (origin: string, key: string) => Readonly<Record<string, unknown>>;
  /** What batches say of the content that they were read from, where a destination writes such batches in another way. */
  readonly reading?: string;
  /** What must never be seen in an error's message. */
  readonly secrets: readonly string[];
  /** What a library's error might say: `secrets` must be gone from it once it is redacted. */
  readonly leak: string;
}

/** The receiver of this token is CrowdStrike's, and of the other one Cribl's. */
export const FALCON_TOKEN = 'falcon-ngsiem-3c9b0000-8000-4000-8000-0123456789ab';
export const CRIBL_TOKEN = 'cribl-5e6f0000-8000-4000-8000-0123456789ab';
const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const WHSEC = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SLACK_PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
const TEAMS_SIG = 'q3bN0sKp-VnZ7dYwT1eRfUgHiJkLmOaPcXvBtAsDfGh';
const TEAMS_PATH =
  '/powerautomate/automations/direct/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=';

const DATADOG_KEY = '0a1b2c3d4e5f60718293a4b5c6d7e8f0';

const PAGERDUTY_KEY = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

/** The private key of the reference implementation's test, so that any receiver can know its public key. */
const WHSK = 'whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=';

const ELASTIC_KEY = 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==';

const elasticCase = (variant: string, more: Readonly<Record<string, unknown>>): ContractCase => ({
  variant,
  protocol: {
    rowRefusal: {
      status: 400,
      body: '{"error":{"root_cause":[],"type":"illegal_argument_exception","reason":"Malformed action/metadata line [1]"},"status":400}',
    },
    // A status alone says nothing of the documents.
    accepts: () => false,
    refusesRowsInWords: true,
  },
  receiverSecret: ELASTIC_KEY,
  entry: (origin) => ({ url: origin, api_key: ELASTIC_KEY, ...more }),
  secrets: [ELASTIC_KEY],
  leak: `invalid header Authorization: ApiKey ${ELASTIC_KEY}`,
});

/** The only tenant, application and secret of the lab's receiver. */
export const SENTINEL = {
  tenant_id: '11111111-1111-4111-8111-111111111111',
  client_id: '22222222-2222-4222-8222-222222222222',
  client_secret: 'a-client-secret-of-entra',
} as const;

const sentinelCase = (variant: string, more: Readonly<Record<string, unknown>>): ContractCase => ({
  variant,
  protocol: {
    rowRefusal: { status: 400, body: '{"error":{"code":"InvalidPayload","message":"malformed JSON"}}' },
    accepts: (status) => status === 204,
    refusesRowsInWords: true,
    renewsToken: true,
  },
  receiverSecret: SENTINEL.client_secret,
  entry: (origin) => ({
    rules: [{ id: 'dcr-00000000000000000000000000000000', endpoint: origin }],
    ...SENTINEL,
    ...more,
  }),
  secrets: [SENTINEL.client_secret],
  leak: `invalid header Authorization: Bearer ${SENTINEL.client_secret}`,
});

const PARTIAL_SUCCESS: ReceiverReply = {
  status: 200,
  body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}',
};
const OTLP_KEY = 'glc_otlp-0a1b2c3d4e5f60718293';

const otlpCase = (
  variant: string,
  rowRefusal: ReceiverReply,
  more: Readonly<Record<string, unknown>>,
): ContractCase => ({
  variant,
  protocol: {
    rowRefusal,
    accepts: (status, body) => status === 204 && body === '',
    refusesRowsInWords: true,
  },
  receiverSecret: OTLP_KEY,
  entry: (origin) => ({ url: origin, ...more }),
  secrets: [OTLP_KEY],
  leak: `invalid header api-key: ${OTLP_KEY}`,
});

const ARCHIVE_KEY = 'YW4ta2V5LXRoYXQtaXMtbm8ta2V5LW9mLWFueWJvZHk=';
const ARCHIVE_SIGNATURE = 'YW4tc2lnbmF0dXJlLW9mLW5vYm9keQ%3D%3D';
const ARCHIVE_SAS = `sv=2023-11-03&sr=c&sp=rcw&se=2099-01-01T00:00:00Z&sig=${ARCHIVE_SIGNATURE}`;

const archiveCase = (variant: string, entry: ContractCase['entry']): ContractCase => ({
  variant,
  protocol: {
    // The service does not look into what it stores: no row is refused in any other way.
    rowRefusal: { status: 413, body: '<?xml version="1.0"?><Error><Code>RequestBodyTooLarge</Code></Error>' },
    accepts: () => false,
    refusesRowsInWords: true,
  },
  receiverSecret: `AccountName=contosoarchive;AccountKey=${ARCHIVE_KEY}`,
  entry,
  secrets: [ARCHIVE_KEY, ARCHIVE_SIGNATURE],
  leak: `PUT https://contosoarchive.blob.core.windows.net/c/b?sr=c&sig=${ARCHIVE_SIGNATURE} with AccountKey=${ARCHIVE_KEY};`,
});

const webhookCase = (format: string, more: Readonly<Record<string, unknown>> = {}): ContractCase => ({
  variant: format,
  protocol: {
    rowRefusal: { status: 422, body: 'no' },
    accepts: () => true,
    refusesRowsInWords: false,
  },
  receiverSecret: WHSEC,
  entry: (origin) => ({
    url: `${origin}/webhook?key=query-secret`,
    secrets: [WHSEC, WHSK],
    format,
    headers: { Authorization: 'Bearer header-secret' },
    ...more,
  }),
  secrets: ['header-secret', WHSEC, WHSK, 'query-secret'],
  leak: `POST https://hook.example/in?key=query-secret signed by ${WHSEC} and ${WHSK}, Authorization: Bearer header-secret`,
});

const SUMO_CODE = 'ZaVnC4dhaV3mQ0xT9pLr7sWkYbUeHjGf==';
const SUMO_URL = `https://collectors.sumologic.com/receiver/v1/http/${SUMO_CODE}`;
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJyZWxheSJ9.c2lnbmF0dXJl';

/** The instance of Google SecOps whose receiver `preset-receivers.ts` starts. */
export const SECOPS = {
  project: 'contoso-secops',
  location: 'eu',
  instance: '7d1f7b2c-3a55-4c56-9b2c-1f9a0e8d6c11',
} as const;

/** A type without an entry here does not compile. */
export const CASES: Readonly<Record<HttpDestinationType, readonly ContractCase[]>> = {
  splunk_hec: [
    {
      protocol: {
        rowRefusal: { status: 400, body: '{"text":"Invalid data format","code":6}' },
        accepts: () => false,
        refusesRowsInWords: true,
      },
      receiverSecret: TOKEN,
      entry: (origin) => ({ url: origin, token: TOKEN }),
      secrets: [TOKEN],
      leak: `invalid header Authorization: Splunk ${TOKEN}`,
    },
    {
      variant: 'crowdstrike_ngsiem',
      protocol: {
        rowRefusal: { status: 400, body: 'Could not parse the events' },
        accepts: (_status, body) => body.startsWith('{') && body.endsWith('}'),
        refusesRowsInWords: false,
      },
      receiverSecret: FALCON_TOKEN,
      entry: (origin) => ({ url: origin, token: FALCON_TOKEN, profile: 'crowdstrike_ngsiem' }),
      secrets: [FALCON_TOKEN],
      leak: `invalid header Authorization: Bearer ${FALCON_TOKEN}`,
    },
    {
      variant: 'cribl',
      protocol: {
        rowRefusal: { status: 400, body: '{"text":"Invalid data format","code":6}' },
        accepts: () => false,
        refusesRowsInWords: true,
      },
      receiverSecret: CRIBL_TOKEN,
      entry: (origin) => ({ url: origin, token: CRIBL_TOKEN, profile: 'cribl' }),
      secrets: [CRIBL_TOKEN],
      leak: `invalid header Authorization: Splunk ${CRIBL_TOKEN}`,
    },
  ],
  slack: [
    {
      protocol: {
        rowRefusal: { status: 400, body: 'invalid_blocks' },
        accepts: () => false,
        refusesRowsInWords: true,
      },
      receiverSecret: '',
      entry: (origin) => ({ webhook_url: `${origin}${SLACK_PATH}` }),
      secrets: [SLACK_PATH, 'XXXXXXXXXXXXXXXXXXXXXXXX'],
      leak: `cannot POST https://hooks.slack.com${SLACK_PATH}`,
    },
  ],
  teams: [
    {
      protocol: {
        rowRefusal: { status: 400, body: '{"error":{"code":"InvalidRequestContent","message":"no"}}' },
        accepts: (status, body) => (status === 200 || status === 202) && !body.startsWith('<'),
        refusesRowsInWords: true,
      },
      receiverSecret: '',
      entry: (origin) => ({ webhook_url: `${origin}${TEAMS_PATH}${TEAMS_SIG}` }),
      secrets: [TEAMS_SIG],
      leak: `cannot POST https://x.environment.api.powerplatform.com${TEAMS_PATH}${TEAMS_SIG}`,
    },
  ],
  pagerduty: [
    {
      protocol: {
        rowRefusal: {
          status: 400,
          body: '{"status":"invalid event","message":"Event object is invalid","errors":["\'summary\' is too long"]}',
        },
        // Not even 202 is acceptance without PagerDuty's own JSON.
        accepts: () => false,
        refusesRowsInWords: true,
      },
      receiverSecret: PAGERDUTY_KEY,
      entry: (origin) => ({ url: `${origin}/v2/enqueue`, routing_key: PAGERDUTY_KEY }),
      secrets: [PAGERDUTY_KEY],
      leak: `invalid body {"routing_key":"${PAGERDUTY_KEY}","event_action":"trigger"}`,
    },
  ],
  http_preset: [
    {
      variant: 'datadog',
      protocol: {
        rowRefusal: {
          status: 400,
          body: '{"errors":[{"status":"400","title":"Bad Request","detail":"Invalid JSON structure"}]}',
        },
        // 202 alone, with Datadog's JSON.
        accepts: () => false,
        refusesRowsInWords: true,
      },
      receiverSecret: DATADOG_KEY,
      entry: (origin) => ({ preset: 'datadog', endpoint: origin, secrets: { api_key: DATADOG_KEY } }),
      secrets: [DATADOG_KEY],
      leak: `invalid header DD-API-KEY: ${DATADOG_KEY}`,
    },
    {
      variant: 'sumo',
      protocol: {
        // Sumo Logic documents no refusal of single messages.
        rowRefusal: { status: 413, body: 'too large' },
        accepts: (status, body) => status === 200 && !body.startsWith('<'),
        refusesRowsInWords: true,
      },
      receiverSecret: SUMO_CODE,
      entry: (origin) => ({ preset: 'sumo', endpoint: origin, secrets: { url: SUMO_URL } }),
      secrets: [SUMO_CODE],
      leak: `cannot POST ${SUMO_URL}`,
    },
    {
      variant: 'google_secops',
      protocol: {
        rowRefusal: {
          status: 400,
          body: '{"error":{"code":400,"message":"Invalid value at data","status":"INVALID_ARGUMENT"}}',
        },
        accepts: (status, body) => status === 200 && /^(?:\{.*)?$/.test(body),
        refusesRowsInWords: true,
      },
      receiverSecret: '',
      entry: (origin, key) => ({
        preset: 'google_secops',
        endpoint: origin,
        settings: SECOPS,
        secrets: { service_account: key },
      }),
      secrets: [JWT],
      leak: `cannot POST grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=${JWT}`,
    },
  ],
  webhook: [
    webhookCase('standard'),
    webhookCase('cloudevents'),
    webhookCase('ndjson', { compression: 'gzip' }),
  ],
  sentinel: [
    sentinelCase('raw', {}),
    sentinelCase('relay', {
      shape: 'relay',
      stream: 'Custom-XdrRelayRecord',
      alert_stream: 'Custom-XdrRelayRecord',
    }),
  ],
  otlp: [
    otlpCase(
      'relay',
      { status: 400, body: '{"code":3,"message":"invalid wire type"}' },
      { headers: { 'api-key': OTLP_KEY } },
    ),
    otlpCase('raw', PARTIAL_SUCCESS, {
      auth: { type: 'api_key', header: 'Api-Key', key: OTLP_KEY },
      shape: 'raw',
      compression: 'none',
    }),
  ],
  archive: [
    archiveCase('key', (origin) => ({
      connection_string: `AccountName=contosoarchive;AccountKey=${ARCHIVE_KEY};BlobEndpoint=${origin}`,
      shape: 'relay',
    })),
    {
      ...archiveCase('sas', (origin) => ({ blob_endpoint: origin, sas_token: ARCHIVE_SAS, shape: 'relay' })),
      reading: '1764000000000.0',
    },
  ],
  elastic: [elasticCase('ecs', {}), elasticCase('relay', { shape: 'relay', compression: 'none' })],
};

export interface NamedCase {
  readonly name: string;
  readonly type: HttpDestinationType;
  readonly made: ContractCase;
  readonly forPeople: boolean;
}

/** Every case with its type, and a name for the suite. */
export function allCases(): readonly NamedCase[] {
  return Object.entries(CASES).flatMap(([type, cases]) =>
    cases.map((made) => ({
      name: made.variant === undefined ? type : `${type} (${made.variant})`,
      // The keys of CASES are the types.
      type: type as HttpDestinationType,
      made,
      forPeople: descriptorOf(type as HttpDestinationType).audience === 'people',
    })),
  );
}

/**
 * What the relay signs in with on Workers, at an Entra ID that is where the receiver is. Where nothing listens there, Entra ID, which has an
 * address of its own elsewhere, is taken for reached.
 */
function entraAt(origin: string): EntraCredentials {
  const ends = { fetch: (url: string, init: RequestInit) => fetch(url, init), now: Date.now };
  return (signIn) => {
    const own = { authority: origin, identity: undefined };
    const credential = workerCredential(own, { ...signIn, authority: origin }, ends);
    return (
      credential && {
        async getToken(scope, options) {
          try {
            return await credential.getToken(scope, options);
          } catch (thrown) {
            if (codeOf(thrown) !== 'credential_unavailable') throw thrown;
            return { token: 'given-elsewhere' };
          }
        },
      }
    );
  };
}

/** Where a case's destination sends, with a credential that only the receiver knows. */
export interface CaseAddress {
  readonly origin: string;
  readonly key?: string | undefined;
}

/** The destination of a case, allowed to call loopback. */
export function destinationOf(
  { type, made }: NamedCase,
  { origin, key = '' }: CaseAddress,
  timeoutMs: number | undefined,
  deps: DestinationDeps,
): Destination {
  const config = destinationSchema.parse({
    type,
    allow_networks: ['127.0.0.0/8'],
    ...made.entry(origin, key),
    ...(timeoutMs !== undefined && { timeout: `${timeoutMs}ms` }),
  });
  const destination = createDestination('tested', config, { ...deps, credentials: entraAt(origin) });
  const { reading } = made;
  if (reading === undefined) return destination;
  return { ...destination, send: (batch, signal) => destination.send({ ...batch, reading }, signal) };
}
