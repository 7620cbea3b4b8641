/** The alerts of a deployment. What they watch, the runbook explains. */
import { parameter } from './expression.ts';

/** Metric alerts and action groups are in no region. */
export const ALERTS_LOCATION = 'global';

export interface AlertRule {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  /** 0 (critical) to 4 (verbose). */
  readonly severity: number;
  /** The key of the resource whose metric it is. */
  readonly of: string;
  readonly every: 'PT5M' | 'PT15M';
  readonly within: 'PT15M' | 'PT30M' | 'PT1H';
  readonly metric: {
    readonly namespace: string;
    readonly name: string;
    readonly aggregation: 'Total' | 'Maximum';
    readonly operator: 'GreaterThan' | 'LessThan';
    readonly threshold: number;
  };
}

const APPS = 'Microsoft.App/containerapps';
const TOPICS = 'Microsoft.EventGrid/systemTopics';

/** Metrics: Microsoft Learn, "Monitor Azure Container Apps metrics", "Supported metrics for Microsoft.EventGrid/systemTopics". */
export const METRIC_ALERTS: readonly AlertRule[] = [
  {
    key: 'noConsumerAlert',
    name: 'no-consumer',
    description: 'No consumer runs, so no event is delivered. Events wait in their blobs.',
    severity: 1,
    of: 'consumers',
    every: 'PT5M',
    within: 'PT15M',
    metric: { namespace: APPS, name: 'Replicas', aggregation: 'Maximum', operator: 'LessThan', threshold: 1 },
  },
  {
    key: 'restartsAlert',
    name: 'restarts',
    description: 'Consumers restart again and again: see their last log lines.',
    severity: 2,
    of: 'consumers',
    every: 'PT15M',
    within: 'PT1H',
    metric: {
      namespace: APPS,
      name: 'RestartCount',
      aggregation: 'Maximum',
      operator: 'GreaterThan',
      threshold: 3,
    },
  },
  {
    key: 'undeliveredAlert',
    name: 'event-grid-failures',
    description:
      'Event Grid cannot deliver notifications: the role on the queue, or the application of the webhook. The sweep finds the blobs meanwhile, later.',
    severity: 2,
    of: 'systemTopic',
    every: 'PT15M',
    within: 'PT30M',
    metric: {
      namespace: TOPICS,
      name: 'DeliveryAttemptFailCount',
      aggregation: 'Total',
      operator: 'GreaterThan',
      threshold: 10,
    },
  },
  {
    key: 'droppedAlert',
    name: 'event-grid-drops',
    description: 'Event Grid gave up notifications. No event is lost: the sweep finds the blobs.',
    severity: 3,
    of: 'systemTopic',
    every: 'PT15M',
    within: 'PT1H',
    metric: {
      namespace: TOPICS,
      name: 'DroppedEventCount',
      aggregation: 'Total',
      operator: 'GreaterThan',
      threshold: 0,
    },
  },
];

/** The relay's own log lines, as Container Apps stores them. */
export const LOG_LINES = `ContainerAppConsoleLogs
| where ContainerAppName startswith '${parameter('namePrefix')}-'
| extend line = parse_json(Log)
| extend level = tostring(line.level), message = tostring(line.message)`;

export interface LogAlert {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly severity: number;
  readonly query: string;
}

export const LOG_ALERTS: readonly LogAlert[] = [
  {
    key: 'errorsAlert',
    name: 'errors',
    description:
      'The relay logged errors: a destination is out of service, rules are refused, storage does not answer. "xdr-relay status" says what needs attention.',
    severity: 2,
    query: `${LOG_LINES}\n| where level == 'error'`,
  },
];
