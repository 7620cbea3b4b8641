/** The port to metrics, and the list of all metrics with name, kind and help. */

/** All counters with their help texts. Names follow Prometheus: `_total`, base units. */
export const COUNTERS = {
  xdr_relay_dead_letters_expired_total:
    'Dead letters removed because they were older than dead_letters.retention',
  xdr_relay_config_reloads_total:
    'Times that a changed configuration was put into force or refused, by result',
  xdr_relay_notifications_total:
    'Event Grid events received, by result (queued, ignored, rejected) and reason',
  xdr_relay_tasks_total: 'Tasks taken from the queue, by result',
  xdr_relay_looks_total: 'Looks at followed blobs, by result (idle: nothing to do)',
  xdr_relay_blobs_gone_total: 'Tasks whose blob no longer exists',
  xdr_relay_blobs_replaced_total: 'Blobs that were read again from 0 because they were replaced',
  xdr_relay_lost_blobs_total:
    'Blobs that were deleted or replaced before they were delivered, by table and destination',
  xdr_relay_lost_bytes_total: 'Bytes in those blobs that were not delivered, by table and destination',
  xdr_relay_blobs_held_total: 'Blobs set aside because they cannot be read at present, by reason',
  xdr_relay_sweep_passed_over_total:
    'Containers and blobs that the sweep could not list or queue, by table and reason',
  xdr_relay_operational_messages_total:
    'Messages about troubles of the relay itself that were handed to a destination for people, by destination; result is `first` or `end`',
  xdr_relay_rows_total: 'Rows read, by table',
  xdr_relay_rows_bytes_total: 'Bytes of rows read, by table',
  xdr_relay_sigma_files_total:
    'Files of Sigma rules that were loaded, by result (kept: read from what was compiled before; compiled) and why they were compiled, as the reason (none: nothing was kept of it; changed; surroundings: columns, mappings or the version; unreadable)',
  xdr_relay_kept_rules_refused_total:
    'Starts that did not use what was kept of compiled rules, by reason (not_own, no_file, too_large, other_form, other_version, damaged, unreadable)',
  xdr_relay_list_pulls_total:
    'Pulls of list feeds by running relays, by list and result (written, unchanged, failed)',
  xdr_relay_rows_filtered_total: 'Rows a filter held back, by table',
  xdr_relay_rows_repeated_total:
    'Rows held back because an equal one went before them, by table and destination (only where a table has dedupe)',
  xdr_relay_rows_over_limit_total:
    'Rows that were not sent because as many of their minute had been sent as `limit` of the table or the route allows, by table and destination',
  xdr_relay_column_bytes_total:
    'Bytes of columns in the rows read, names and values, by table and column: estimated from a sample (telemetry.columns). `other` is what the schema does not have',
  xdr_relay_column_unread_bytes_total:
    'Bytes of the columns that no rule, route, step, shape or alert reads and that no step removes, by table: estimated from a sample',
  xdr_relay_columns_unknown_total:
    'Columns in rows that the schema does not have, by table: estimated from a sample. Where it begins to grow, Microsoft has added a column',
  xdr_relay_rows_bad_total: 'Rows that could not be read, by reason',
  xdr_relay_rows_time_bad_total:
    "Rows whose Timestamp can be no time of an event, by table: they go by the envelope's time",
  xdr_relay_alerts_total: 'Alerts raised, by table and level',
  xdr_relay_rule_alerts_total:
    'Rows that raised alerts, by rule (its id, or its title if it has none); `rules hygiene --metrics` reads it',
  xdr_relay_alerts_suppressed_total:
    'Alerts that were not raised because of an exception or a Sigma filter, by table and exception (its title)',
  xdr_relay_alerts_silenced_total: 'Alerts that a silence kept from people, by destination',
  xdr_relay_alerts_folded_total:
    'Alerts that were put into groups, for people and for machines with `group_alerts`, by destination and result (folded; repeated: a crash made the relay read them again)',
  xdr_relay_alert_documents_damaged_total:
    'Documents of alerts that something else damaged, or removed while alerts waited in them, by destination; people are told',
  xdr_relay_alerts_ungrouped_total:
    'Alerts that were sent ungrouped because there was no room for their group, by destination',
  xdr_relay_messages_total:
    'Messages on groups of alerts to people, and records of them to machines with `group_alerts`, by destination and result (said, digest, failed, refused: in the dead letters)',
  xdr_relay_rules_cut_total:
    'Rows of which a rule, filter, route or step looked at a part of a long value only, by table and rule',
  xdr_relay_metadata_default_total:
    'Values that a template of a destination or a route gave and that are not allowed, so that the default was taken, by destination and type (index, sourcetype, host, channel, headers)',
  xdr_relay_base_events_total:
    "Rows that lack what their OCSF class requires and were sent as base_event, by table and action (an ActionType that is known, or 'other')",
  xdr_relay_correlations_forgotten_total:
    'What correlations forgot because a limit was reached: events, blobs or alerts, as the reason',
  xdr_relay_delivered_total: 'Events and alerts a destination accepted, by destination',
  xdr_relay_delivered_bytes_total: 'Bytes a destination accepted, by destination',
  xdr_relay_altered_total:
    'Values of accepted events and alerts that do not arrive whole, by destination and type (cut: longer than the product keeps; characters: not in the protocol)',
  xdr_relay_batches_total: 'Batches sent, by destination and result',
  xdr_relay_requests_failed_total:
    'Requests with a batch or a part of one that failed, so that its rows are sent again, by destination and reason (an error code)',
  xdr_relay_dead_letters_total: 'Rows put aside, by destination and reason',
  xdr_relay_claims_lost_total: 'Claims on a blob lost while working on it',
  xdr_relay_isolated_total:
    'Rows that failed alone while their destination accepted others, by destination and result (isolated, accepted, dead_letter)',
  xdr_relay_tables_held_total:
    'Times a table was held for a destination that refuses all of it, by destination and table',
  xdr_relay_breaker_opened_total: 'Times a destination was taken out of service, by destination',
  xdr_relay_storage_operations_total:
    'Requests to Azure Storage, by the type under which Azure bills them (write, list, read, other, queue, free); retries of the SDK aside',
  xdr_relay_telemetry_exports_total:
    'Requests to the OTLP endpoint, by type (spans, metrics) and result (accepted, timeout, unreachable, http_<status>)',
  xdr_relay_telemetry_dropped_total:
    'Spans that were not exported, by type and reason: the buffer was full, or the endpoint refused them',
} as const;

/** All gauges with their help texts. */
export const GAUGES = {
  xdr_relay_lag_bytes:
    'Bytes written by Defender and not yet delivered, of the blobs that this process has visited last, by table and destination',
  xdr_relay_oldest_undelivered_seconds:
    'Estimated age of the oldest row that a destination has not received, of the blobs that this process has visited last, by destination; 0 while nothing waits',
  xdr_relay_queue_messages:
    'Messages in the task queue, hidden ones included: the approximate count of the queue service',
  xdr_relay_queue_visible_messages:
    'Messages that a consumer could take now; where there are 32 or more, all messages, as KEDA counts them with visibleonly',
  xdr_relay_queue_oldest_message_seconds:
    'Age of the oldest message that was queued without delay and that no consumer has taken yet, of the first 32; 0 while there is none',
  xdr_relay_poison_messages: 'Messages in the poison queue: the approximate count of the queue service',
  xdr_relay_dead_letters_present:
    'Dead letters in their container, by destination, up to 10,000 in all; rows that are still retried aside. Counted every five minutes at most',
  xdr_relay_look_failed:
    '1 while the queue, or the container of dead letters, as the type, could not be read for the metrics above, which are left out then',
  xdr_relay_source_deleted_in_seconds:
    'Seconds until the storage account deletes the first blob with rows that are not delivered, by table; +Inf while there is none',
  xdr_relay_table_silent_seconds:
    "Seconds since Defender last wrote to a table's container, as of the last sweep, by table",
  xdr_relay_table_silent:
    '1 while a table is silent: its container exists, but was not written for `sweep.silent_after`, nor for twice its longest pause, by table',
  xdr_relay_alerts_pending:
    'Alerts in groups of which no message or record was sent yet, by destination, as of the last look at the state; most of them are not due',
  xdr_relay_alerts_overdue_seconds:
    'How long the oldest message on a group is due and not sent, by destination; 0 while none is',
  xdr_relay_alert_groups: 'Groups of alerts in the state, by destination, as of the last look at it',
  xdr_relay_operational_troubles:
    'Troubles of the relay itself that people were told of and that are not over, as of the last look at the state; type is `destination`, `rules`, `dead_letters` or `silent_table`',
  xdr_relay_messages_paused:
    '1 while a destination takes no messages on groups, so that alerts are only folded, by destination',
  xdr_relay_destination_disabled:
    '1 while a destination is disabled, so that it is no longer tried, by destination',
  xdr_relay_breaker_open: '1 while a destination is out of service, by destination',
  xdr_relay_table_held:
    '1 while a table is held for a destination that refuses all of it, by destination and table',
  xdr_relay_clock_offset_seconds:
    "How far this machine's clock is behind the storage account's, which counts; 0 within five seconds",
  xdr_relay_scanner_compiled:
    '1 where the compiled page scanner reads the rows; 0 where the one in TypeScript does, which takes five times as long',
  xdr_relay_tasks_running: 'Tasks this process works on now',
  xdr_relay_followed_blobs: 'Blobs that this process follows',
  xdr_relay_exceptions_expired:
    'Exceptions and filters of the rules in force that have expired: they suppress nothing any more',
  xdr_relay_exceptions_ending: 'Exceptions and filters of the rules in force that end within 30 days',
  xdr_relay_list_entries: 'Entries of a list of the rules in force, by list',
  xdr_relay_list_age_seconds:
    'The age of a list of the rules in force, by list, from its file or from what it declares',
  xdr_relay_list_pull_failures:
    'How many pulls of a list feed have failed one after the other, by list, as of the last look at the state; 0 if the last one did not',
  xdr_relay_lists_old: 'Lists of the rules in force that are older than their max_age',
  xdr_relay_rules_refused:
    '1 while the rules that were found last are not used, since they have errors or cannot be read',
  xdr_relay_config_refused:
    '1 while relay.yaml, a file of variables or a secret has changed so that it cannot be used, and the configuration from before stays in force',
  xdr_relay_config_restart_needed: '1 while relay.yaml has changes that need a restart to come into force',
  xdr_relay_build_info: 'The version of xdr-relay: always 1, the version is a label',
  xdr_relay_rules_info: 'The rule set in force: always 1, the version is a label',
} as const;

/** All histograms with their help texts; their unit is seconds where the name says so. */
export const HISTOGRAMS = {
  xdr_relay_delivery_seconds:
    'Time from Defender handing a row to Azure to its acceptance, newest row of each batch, by destination',
  xdr_relay_row_latency_seconds:
    "Time from a row's Timestamp, when its event happened, to its acceptance by a destination, newest row of each batch, by table",
  xdr_relay_send_seconds: 'Time a destination took to answer a batch, by destination',
  xdr_relay_batch_rows: 'Events and alerts in an accepted batch, by destination',
  xdr_relay_task_seconds: 'Time a task took',
} as const;

export type CounterName = keyof typeof COUNTERS;
export type GaugeName = keyof typeof GAUGES;
export type HistogramName = keyof typeof HISTOGRAMS;

/** The upper bounds of the buckets of each histogram, ascending, without the infinite one. */
export const HISTOGRAM_BOUNDS: Readonly<Record<HistogramName, readonly number[]>> = {
  xdr_relay_delivery_seconds: [1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400],
  // Defender takes minutes to hand a row over.
  xdr_relay_row_latency_seconds: [10, 30, 60, 120, 180, 240, 300, 450, 600, 900, 1800, 3600, 14_400, 86_400],
  xdr_relay_send_seconds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  xdr_relay_batch_rows: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
  xdr_relay_task_seconds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
};

/** All labels. The values of a label must be bounded in number: no blob names, no ids. */
export const LABEL_NAMES = [
  'action',
  'column',
  'destination',
  'exception',
  'level',
  'list',
  'queue',
  'reason',
  'result',
  'rule',
  'source',
  'table',
  'type',
  'version',
] as const;
export type LabelName = (typeof LABEL_NAMES)[number];
export type Labels = Readonly<Partial<Record<LabelName, string>>>;

/** One series of a gauge at one moment. */
export interface Reading {
  readonly value: number;
  readonly labels?: Labels;
}

/** The port to metrics. The hosts supply the adapter. */
export interface Metrics {
  count(name: CounterName, labels?: Labels, by?: number): void;
  /** @param value undefined where what was measured is gone: its series disappears. */
  gauge(name: GaugeName, value: number | undefined, labels?: Labels): void;
  /**
   * Has a gauge read whenever somebody looks: for what changes with time, and for what appears and disappears. Such a gauge has the series
   * that `read` gives then, and no others.
   *
   * @returns ends it.
   */
  gaugeFrom(name: GaugeName, read: () => Iterable<Reading>): () => void;
  observe(name: HistogramName, value: number, labels?: Labels): void;
}

/** Makes a port that adds labels to every figure. */
export function metricsOf(metrics: Metrics, own: Labels): Metrics {
  return {
    count: (name, labels, by) => metrics.count(name, { ...labels, ...own }, by),
    gauge: (name, value, labels) => metrics.gauge(name, value, { ...labels, ...own }),
    gaugeFrom: (name, read) =>
      metrics.gaugeFrom(name, () =>
        [...read()].map(({ value, labels }) => ({ value, labels: { ...labels, ...own } })),
      ),
    observe: (name, value, labels) => metrics.observe(name, value, { ...labels, ...own }),
  };
}
