/** The body of Google SecOps' `logs.import` (see secops.ts for the pages). */
import { z } from 'zod';
import { isObject } from './json.ts';

/** A log of a request. */
export interface ImportedLog {
  /** `data`, decoded. */
  readonly data: string;
  readonly logEntryTime: string;
  readonly collectionTime: string;
  readonly environmentNamespace?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly forwarder?: string | undefined;
}

/** Names of protobuf's fields, for which both spellings are accepted. */
const SNAKES: Readonly<Record<string, string>> = {
  inline_source: 'inlineSource',
  source_filename: 'sourceFilename',
  log_entry_time: 'logEntryTime',
  collection_time: 'collectionTime',
  environment_namespace: 'environmentNamespace',
  rbac_enabled: 'rbacEnabled',
};
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/)
  .refine((text) => !Number.isNaN(Date.parse(text)));
const log = z.strictObject({
  data: z
    .string()
    .regex(/^(?:[A-Za-z0-9+/]+|[\w-]+)={0,2}$/)
    .refine((text) => text.replaceAll('=', '').length % 4 !== 1),
  logEntryTime: time,
  collectionTime: time,
  environmentNamespace: z.string().optional(),
  labels: z
    .record(z.string().min(1), z.strictObject({ value: z.string(), rbacEnabled: z.boolean().optional() }))
    .optional(),
  additionals: z.record(z.string(), z.unknown()).optional(),
});
const message = z.strictObject({
  hint: z.string().optional(),
  inlineSource: z.strictObject({
    logs: z.array(log).min(1),
    forwarder: z.string().optional(),
    sourceFilename: z.string().optional(),
  }),
});

/** The logs of a body for an instance (`projects/<p>/locations/<l>/instances/<i>`). A string says why Google refuses it. */
export function readImport(body: string, parent: string): readonly ImportedLog[] | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'Invalid JSON payload received.';
  }
  const read = message.safeParse(inCamelCase(value));
  if (!read.success) return messageOf(read.error.issues[0]);
  const { logs, forwarder } = read.data.inlineSource;
  if (forwarder !== undefined && !isForwarderOf(forwarder, parent)) {
    return `forwarder "${forwarder}" is not ${parent}/forwarders/{forwarder}`;
  }
  const early = logs.findIndex((each) => Date.parse(each.collectionTime) <= Date.parse(each.logEntryTime));
  if (early !== -1) return `inline_source.logs[${early}]: collection_time must be after log_entry_time`;
  return logs.map(({ data, labels, logEntryTime, collectionTime, environmentNamespace }) => ({
    data: Buffer.from(data, 'base64').toString('utf8'),
    logEntryTime,
    collectionTime,
    ...(environmentNamespace !== undefined && { environmentNamespace }),
    labels: Object.fromEntries(Object.entries(labels ?? {}).map(([key, label]) => [key, label.value])),
    ...(forwarder !== undefined && { forwarder }),
  }));
}

function isForwarderOf(forwarder: string, parent: string): boolean {
  return (
    forwarder.startsWith(`${parent}/forwarders/`) && /^[^/]+$/.test(forwarder.split('/forwarders/')[1] ?? '')
  );
}

function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    SNAKES[name] ?? name,
    fieldInCamelCase(name, inner),
  ]);
  return Object.fromEntries(entries);
}

/** The keys of labels and additionals are the user's own, and stay. */
function fieldInCamelCase(name: string, value: unknown): unknown {
  if (name === 'additionals') return value;
  if (name !== 'labels' || !isObject(value)) return inCamelCase(value);
  return Object.fromEntries(Object.entries(value).map(([key, label]) => [key, inCamelCase(label)]));
}

/** The first thing that is wrong, in Google's words. */
function messageOf(issue: z.core.$ZodIssue | undefined): string {
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1);
  if (issue?.code === 'unrecognized_keys') {
    return `Invalid JSON payload received. Unknown name "${issue.keys[0]}" at '${path}': Cannot find field.`;
  }
  return `Invalid value at '${path}'`;
}
