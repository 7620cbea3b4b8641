/** deploy/grafana/xdr-relay.json: the dashboard, made from the list of its panels. */

type Unit = 'short' | 's' | 'bytes' | 'Bps' | 'reqps' | 'cps' | 'bool_yes_no' | 'percentunit';

interface Query {
  readonly expr: string;
  /** Grafana's template for a series' name, such as `{{destination}}`. */
  readonly legend?: string;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** From which value on a stat is red. */
  readonly redFrom?: number;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Per second over the interval that fits the scrapes. */
const perSecond = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;
/** What happens seldom: 0 while it never has, so that the panel is not empty. */
const seldom = (metric: string, by: string) =>
  `sum by (${by}) (increase(${metric}[$__rate_interval])) or vector(0)`;
const quantile = (part: number, metric: string, by: string) =>
  `histogram_quantile(${part}, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;

const graph = (title: string, unit: Unit, description: string, ...queries: readonly Query[]): Panel => ({
  title,
  description,
  kind: 'timeseries',
  unit,
  queries,
});
const stat = (
  title: string,
  unit: Unit,
  description: string,
  { expr, redFrom }: { readonly expr: string; readonly redFrom?: number },
): Panel => ({
  title,
  description,
  kind: 'stat',
  unit,
  queries: [{ expr }],
  ...(redFrom !== undefined && { redFrom }),
});

/** The panels, in reading order: is something wrong, what flows, where does it wait, why. */
export const DASHBOARD: readonly Row[] = [
  {
    title: 'Needs attention',
    panels: [
      stat('Processes', 'short', 'Processes that are scraped.', {
        expr: 'count(xdr_relay_scanner_compiled)',
      }),
      stat('Oldest event that waits', 's', 'Age of the oldest row that some destination has not received.', {
        expr: 'max(xdr_relay_oldest_undelivered_seconds)',
        redFrom: 1_800,
      }),
      stat(
        'Destinations out of service',
        'short',
        'Destinations that refuse everything or cannot be reached.',
        { expr: 'sum(max by (destination) (xdr_relay_breaker_open))', redFrom: 1 },
      ),
      stat(
        'Dead letters',
        'short',
        'Rows that were rejected for good or could not be read, and lie in their container.',
        { expr: 'sum(max by (destination) (xdr_relay_dead_letters_present))', redFrom: 1 },
      ),
      stat('Poison tasks', 'short', 'Tasks that failed on every try.', {
        expr: 'max(xdr_relay_poison_messages)',
        redFrom: 1,
      }),
      stat('Rules refused', 'bool_yes_no', 'Whether the newest rules are not used, since they have errors.', {
        expr: 'max(xdr_relay_rules_refused)',
        redFrom: 1,
      }),
    ],
  },
  {
    title: 'Flow',
    panels: [
      graph('Rows read', 'cps', 'By table.', {
        expr: perSecond('xdr_relay_rows_total', 'table'),
        legend: '{{table}}',
      }),
      graph('Bytes read', 'Bps', 'By table.', {
        expr: perSecond('xdr_relay_rows_bytes_total', 'table'),
        legend: '{{table}}',
      }),
      graph(
        'Bytes of columns',
        'Bps',
        'The 15 largest columns of all tables, and what nothing reads (docs/columns.md). Estimated from a sample.',
        {
          expr: 'topk(15, sum by (table, column) (rate(xdr_relay_column_bytes_total[1h])))',
          legend: '{{table}} {{column}}',
        },
        { expr: 'sum(rate(xdr_relay_column_unread_bytes_total[1h]))', legend: 'read by nothing' },
      ),
      graph('Events delivered', 'cps', 'Events and alerts that were accepted, by destination.', {
        expr: perSecond('xdr_relay_delivered_total', 'destination'),
        legend: '{{destination}}',
      }),
      graph('Bytes delivered', 'Bps', 'Before compression, by destination.', {
        expr: perSecond('xdr_relay_delivered_bytes_total', 'destination'),
        legend: '{{destination}}',
      }),
      graph(
        'Rows held back, and alerts',
        'cps',
        'Rows that a filter or dedupe held back, and alerts that detections raised, by level.',
        {
          expr: 'sum(rate(xdr_relay_rows_filtered_total[$__rate_interval])) or vector(0)',
          legend: 'filtered',
        },
        {
          expr: 'sum(rate(xdr_relay_rows_repeated_total[$__rate_interval])) or vector(0)',
          legend: 'repeated',
        },
        { expr: `${perSecond('xdr_relay_alerts_total', 'level')} or vector(0)`, legend: 'alerts {{level}}' },
      ),
      graph(
        'Rows over their limit',
        'short',
        'Rows that were not sent, because as many of their minute had been sent as `limit` allows.',
        {
          expr: seldom('xdr_relay_rows_over_limit_total', 'table, destination'),
          legend: '{{table}} {{destination}}',
        },
      ),
      graph(
        'Defaults of metadata',
        'short',
        'Rows that were filed under the default of a template, because what their columns gave is not allowed.',
        {
          expr: seldom('xdr_relay_metadata_default_total', 'destination, type'),
          legend: '{{destination}} {{type}}',
        },
      ),
      graph(
        'Values that do not arrive whole',
        'short',
        'Values of accepted events that the destination cuts, or whose characters its protocol does not have.',
        {
          expr: seldom('xdr_relay_altered_total', 'destination, type'),
          legend: '{{destination}} {{type}}',
        },
      ),
      graph(
        'Suppressed by exceptions',
        'short',
        'Alerts that were not raised because of an exception or a Sigma filter, and how many exceptions have expired or end within 30 days.',
        { expr: seldom('xdr_relay_alerts_suppressed_total', 'exception'), legend: '{{exception}}' },
        { expr: 'max(xdr_relay_exceptions_expired)', legend: 'expired exceptions' },
        { expr: 'max(xdr_relay_exceptions_ending)', legend: 'exceptions that end soon' },
      ),
      graph(
        'Age of lists',
        's',
        'How old the lists of the rules in force are. An alarm is raised for those that are older than their `max_age`.',
        {
          expr: 'max by (list) (xdr_relay_list_age_seconds)',
          legend: '{{list}}',
        },
      ),
      graph(
        'Entries of lists',
        'short',
        'How many entries the lists have, and how many lists are too old.',
        {
          expr: 'max by (list) (xdr_relay_list_entries)',
          legend: '{{list}}',
        },
        { expr: 'max(xdr_relay_lists_old)', legend: 'lists that are too old' },
        { expr: 'max by (list) (xdr_relay_list_pull_failures)', legend: 'failed pulls of {{list}}' },
        {
          expr: 'sum by (list, result) (increase(xdr_relay_list_pulls_total[1d]))',
          legend: '{{list}} pulled in a day: {{result}}',
        },
      ),
    ],
  },
  {
    title: 'Delay',
    panels: [
      graph(
        'Time to delivery',
        's',
        'From Defender handing a row to Azure until a destination accepted it.',
        {
          expr: quantile(0.5, 'xdr_relay_delivery_seconds', 'destination'),
          legend: '{{destination}} median',
        },
        { expr: quantile(0.95, 'xdr_relay_delivery_seconds', 'destination'), legend: '{{destination}} 95 %' },
      ),
      graph(
        'Time from the event to a destination',
        's',
        "From a row's Timestamp until any destination accepted it, by table: the part before the row is in Azure is Defender's.",
        {
          expr: quantile(0.5, 'xdr_relay_row_latency_seconds', 'table'),
          legend: '{{table}} median',
        },
        { expr: quantile(0.95, 'xdr_relay_row_latency_seconds', 'table'), legend: '{{table}} 95 %' },
      ),
      graph('Oldest event that waits', 's', 'By destination.', {
        expr: 'max by (destination) (xdr_relay_oldest_undelivered_seconds)',
        legend: '{{destination}}',
      }),
      graph(
        'Bytes that wait',
        'bytes',
        'In the blobs that the processes have visited, by destination and table.',
        {
          expr: 'sum by (destination, table) (xdr_relay_lag_bytes)',
          legend: '{{destination}} {{table}}',
        },
      ),
    ],
  },
  {
    title: 'Destinations',
    panels: [
      graph('Time to answer', 's', '95 % of the batches were answered in this time.', {
        expr: quantile(0.95, 'xdr_relay_send_seconds', 'destination'),
        legend: '{{destination}}',
      }),
      graph('Batches', 'reqps', 'By destination and result.', {
        expr: perSecond('xdr_relay_batches_total', 'destination, result'),
        legend: '{{destination}} {{result}}',
      }),
      graph('Batch sizes', 'short', 'Events and alerts in an accepted batch.', {
        expr: quantile(0.5, 'xdr_relay_batch_rows', 'destination'),
        legend: '{{destination}} median',
      }),
      graph('Failed requests', 'reqps', 'Requests whose rows are sent again, by destination and reason.', {
        expr: perSecond('xdr_relay_requests_failed_total', 'destination, reason'),
        legend: '{{destination}} {{reason}}',
      }),
      graph('Out of service', 'bool_yes_no', 'By destination.', {
        expr: 'max by (destination) (xdr_relay_breaker_open)',
        legend: '{{destination}}',
      }),
      graph('Disabled', 'bool_yes_no', 'Destinations that are no longer tried until somebody enables them.', {
        expr: 'max by (destination) (xdr_relay_destination_disabled)',
        legend: '{{destination}}',
      }),
      graph('Tables held', 'short', 'Tables of which a destination refuses all rows.', {
        expr: 'sum by (destination) (max by (destination, table) (xdr_relay_table_held)) or vector(0)',
        legend: '{{destination}}',
      }),
      graph(
        'Rows put aside',
        'short',
        'Rows that became dead letters, by destination and reason, and rows that failed alone and are tried again.',
        {
          expr: seldom('xdr_relay_dead_letters_total', 'destination, reason'),
          legend: '{{destination}} {{reason}}',
        },
        {
          expr: seldom('xdr_relay_isolated_total', 'destination, result'),
          legend: '{{destination}} {{result}}',
        },
        { expr: seldom('xdr_relay_rows_bad_total', 'reason'), legend: 'unreadable {{reason}}' },
      ),
    ],
  },
  {
    title: 'Alerts for people',
    panels: [
      graph('Messages', 'short', 'By destination and result.', {
        expr: seldom('xdr_relay_messages_total', 'destination, result'),
        legend: '{{destination}} {{result}}',
      }),
      graph(
        'Alerts that people were not told of',
        'short',
        'They are in groups, most of which are not due; by destination.',
        { expr: 'max by (destination) (xdr_relay_alerts_pending)', legend: '{{destination}}' },
        { expr: 'max by (destination) (xdr_relay_alert_groups)', legend: 'groups {{destination}}' },
      ),
      graph('Oldest message that is due', 's', 'By destination.', {
        expr: 'max by (destination) (xdr_relay_alerts_overdue_seconds)',
        legend: '{{destination}}',
      }),
      graph('Takes no messages', 'bool_yes_no', 'By destination.', {
        expr: 'max by (destination) (xdr_relay_messages_paused)',
        legend: '{{destination}}',
      }),
      graph('Troubles that people were told of', 'short', 'They are not over; by type.', {
        expr: 'max by (type) (xdr_relay_operational_troubles)',
        legend: '{{type}}',
      }),
    ],
  },
  {
    title: 'Reading',
    panels: [
      graph(
        'Notifications',
        'cps',
        'Events of Event Grid, by result. Those that it writes into the queue itself are tasks.',
        {
          expr: `${perSecond('xdr_relay_notifications_total', 'result')} or vector(0)`,
          legend: '{{result}}',
        },
      ),
      graph('Tasks', 'cps', 'Tasks from the queue, by result.', {
        expr: `${perSecond('xdr_relay_tasks_total', 'result')} or vector(0)`,
        legend: '{{result}}',
      }),
      graph('Looks', 'cps', 'Looks at followed blobs, by result.', {
        expr: `${perSecond('xdr_relay_looks_total', 'result')} or vector(0)`,
        legend: '{{result}}',
      }),
      graph('Followed blobs', 'short', 'By process.', {
        expr: 'max by (instance) (xdr_relay_followed_blobs)',
        legend: '{{instance}}',
      }),
      graph(
        'Queue',
        'short',
        'All messages, those that are hidden until they are due included; and those that a consumer could take now.',
        { expr: 'max(xdr_relay_queue_messages)', legend: 'all' },
        { expr: 'max(xdr_relay_queue_visible_messages)', legend: 'visible' },
      ),
      graph('Oldest message', 's', 'That no consumer has taken.', {
        expr: 'max(xdr_relay_queue_oldest_message_seconds)',
        legend: 'oldest',
      }),
      graph(
        'Blobs with trouble',
        'short',
        'That cannot be read, were replaced, or could not be listed or queued.',
        { expr: seldom('xdr_relay_blobs_held_total', 'reason'), legend: 'held {{reason}}' },
        { expr: 'sum(increase(xdr_relay_blobs_replaced_total[$__rate_interval]))', legend: 'replaced' },
        { expr: seldom('xdr_relay_sweep_passed_over_total', 'reason'), legend: 'passed over {{reason}}' },
      ),
      graph(
        'Rows at risk',
        's',
        'Time until the account deletes the first rows that were not delivered, by table; empty while nothing is known to be at risk.',
        {
          expr: '(min by (table) (xdr_relay_source_deleted_in_seconds) < +Inf) or vector(0)',
          legend: '{{table}}',
        },
      ),
      graph('Since the last write', 's', 'Time since Defender last wrote to a table, by table.', {
        expr: 'min by (table) (xdr_relay_table_silent_seconds) or vector(0)',
        legend: '{{table}}',
      }),
      graph(
        'Silent tables',
        'short',
        'Tables that Defender no longer writes, though their containers exist.',
        {
          expr: 'sum(min by (table) (xdr_relay_table_silent)) or vector(0)',
          legend: 'silent',
        },
      ),
      graph('Bytes lost', 'bytes', 'In blobs that were deleted or replaced before they were delivered.', {
        expr: seldom('xdr_relay_lost_bytes_total', 'table, destination'),
        legend: '{{table}} {{destination}}',
      }),
    ],
  },
  {
    title: 'Process and cost',
    panels: [
      graph('Processor', 'percentunit', 'Cores in use, by process.', {
        expr: perSecond('xdr_relay_process_cpu_seconds_total', 'instance'),
        legend: '{{instance}}',
      }),
      graph('Memory', 'bytes', 'Resident memory, by process.', {
        expr: 'max by (instance) (xdr_relay_process_resident_memory_bytes)',
        legend: '{{instance}}',
      }),
      graph('Event loop', 's', 'How late a turn was at the scrape, by process.', {
        expr: 'max by (instance) (xdr_relay_nodejs_eventloop_lag_seconds)',
        legend: '{{instance}}',
      }),
      graph('Storage operations', 'reqps', 'By the type under which Azure bills them.', {
        expr: perSecond('xdr_relay_storage_operations_total', 'type'),
        legend: '{{type}}',
      }),
      graph(
        'Telemetry',
        'reqps',
        'Exports by OTLP, by type and result, and spans that were dropped.',
        {
          expr: `${perSecond('xdr_relay_telemetry_exports_total', 'type, result')} or vector(0)`,
          legend: '{{type}} {{result}}',
        },
        { expr: seldom('xdr_relay_telemetry_dropped_total', 'reason'), legend: 'dropped {{reason}}' },
      ),
      graph(
        'Changes of relay.yaml',
        'bool_yes_no',
        'Whether a change was refused, and whether one needs a restart, by process.',
        { expr: 'max by (instance) (xdr_relay_config_refused) or vector(0)', legend: '{{instance}} refused' },
        {
          expr: 'max by (instance) (xdr_relay_config_restart_needed) or vector(0)',
          legend: '{{instance}} restart',
        },
      ),
      graph(
        'Sigma files loaded',
        'short',
        'Read from what was compiled before, or compiled and why; and what was kept and is not used.',
        {
          expr: seldom('xdr_relay_sigma_files_total', 'result, reason'),
          legend: '{{result}} {{reason}}',
        },
        { expr: seldom('xdr_relay_kept_rules_refused_total', 'reason'), legend: 'refused {{reason}}' },
      ),
      {
        title: 'Rules in force',
        description: 'Which process uses which rule set.',
        kind: 'table',
        unit: 'short',
        queries: [{ expr: 'max by (instance, version) (xdr_relay_rules_info)' }],
      },
      {
        title: 'Versions',
        description: 'Which process runs which version of the relay.',
        kind: 'table',
        unit: 'short',
        queries: [{ expr: 'max by (instance, version) (xdr_relay_build_info)' }],
      },
    ],
  },
];

const WIDTH = 24;
const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };

/** The dashboard as Grafana imports it. */
export function dashboardJson(): string {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inRow } of DASHBOARD) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
    });
    y += 1;
    let x = 0;
    for (const panel of inRow) {
      const [w, h] = panel.kind === 'stat' ? [4, 4] : [8, 8];
      if (x + w > WIDTH) {
        x = 0;
        y += h;
      }
      panels.push(panelJson(panel, panels.length + 1, { x, y, w, h }));
      x += w;
    }
    y += inRow[0]?.kind === 'stat' ? 4 : 8;
  }
  const dashboard = {
    title: 'xdr-relay',
    uid: 'xdr-relay',
    description: 'Events of Defender XDR on their way to the SOC. Runbook: docs/operations.md.',
    tags: ['xdr-relay'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          current: {},
          hide: 0,
        },
      ],
    },
    annotations: { list: [] },
    panels,
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  const { title, description, kind, unit, queries, redFrom } = panel;
  const steps = [
    { color: 'green', value: null },
    ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }]),
  ];
  return {
    id,
    type: kind,
    title,
    description,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: { unit, min: 0, ...(kind === 'stat' && { thresholds: { mode: 'absolute', steps } }) },
      overrides: [],
    },
    options: optionsOf(kind),
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      ...(legend !== undefined && { legendFormat: legend }),
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
      ...(kind === 'table' && { format: 'table' }),
    })),
  };
}

function optionsOf(kind: Panel['kind']): object {
  if (kind === 'stat')
    return { colorMode: 'value', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } };
  if (kind === 'table') return { showHeader: true };
  return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } };
}
