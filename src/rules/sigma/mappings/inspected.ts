/** Maps the log sources of network content: Defender's sensor inspects DNS and unencrypted HTTP (`...Inspected` in DeviceNetworkEvents). */
import type { Rendering } from '../rendering/rendering.ts';
import { uriExtension, uriQuery, uriStem, url } from '../rendering/url.ts';
import type { FieldMapping, LogsourceMapping, TableMapping } from '../types.ts';
import { actionType, actor, device } from './fields.ts';

/**
 * Seen, of both tables: a row of `HttpConnectionInspected` with `direction`, `host`, `method`, `status_code`, `uri` and `user_agent`,
 * and one of `DnsConnectionInspected` with `query`, `qtype_name`, `answers`, `rcode_name` and `rejected`, all strings (elastic/integrations,
 * packages/m365_defender/data_stream/event/_dev/test/pipeline/test-device.log). The columns of the process are empty in these rows.
 */
const PLAIN_HTTP = 'Defender has it of unencrypted HTTP only, as far as the sensor inspects it';

const uri = (render: Rendering): FieldMapping => ({
  columns: ['AdditionalFields.uri'],
  render,
  approximate: PLAIN_HTTP,
});
const urlOf: FieldMapping = {
  columns: ['AdditionalFields.host', 'AdditionalFields.uri'],
  render: url,
  approximate: PLAIN_HTTP,
};
const http = (name: string): FieldMapping => ({
  columns: [`AdditionalFields.${name}`],
  approximate: PLAIN_HTTP,
});

/** W3C's field names, as SigmaHQ's rules for proxies and web servers use them: `cs-uri-query` often means the whole URI there. */
const w3c: TableMapping['fields'] = {
  ...device,
  'c-uri': urlOf,
  'cs-uri': urlOf,
  'cs-uri-query': urlOf,
  'c-uri-query': uri(uriQuery),
  'c-uri-stem': uri(uriStem),
  'cs-uri-stem': uri(uriStem),
  'c-uri-extension': uri(uriExtension),
  'c-useragent': http('user_agent'),
  'cs-user-agent': http('user_agent'),
  'cs-host': http('host'),
  'r-dns': http('host'),
  'cs-method': http('method'),
  'sc-status': http('status_code'),
};

/** Zeek's field names, which the sensor's fields are named after. */
const zeekHttp: TableMapping['fields'] = {
  ...w3c,
  host: http('host'),
  uri: http('uri'),
  method: http('method'),
  user_agent: http('user_agent'),
  status_code: http('status_code'),
  'id.resp_h': 'RemoteIP',
  'id.resp_p': 'RemotePort',
};

const requests = (direction: 'In' | 'Out') => ({
  ActionType: ['HttpConnectionInspected'],
  'AdditionalFields.direction': [direction],
});

const dns: TableMapping['fields'] = {
  ...device,
  query: 'AdditionalFields.query',
  QueryName: 'AdditionalFields.query',
  answer: 'AdditionalFields.answers',
  answers: 'AdditionalFields.answers',
  QueryResults: 'AdditionalFields.answers',
  record_type: 'AdditionalFields.qtype_name',
  qtype_name: 'AdditionalFields.qtype_name',
  rejected: 'AdditionalFields.rejected',
  'id.resp_h': 'RemoteIP',
  'id.resp_p': 'RemotePort',
};

/** Event 3008 of Windows' DNS client, a completed query. It uses the tables of `dns_query`. */
const dnsClient: readonly TableMapping[] = [
  {
    table: 'DeviceEvents',
    where: { ActionType: ['DnsQueryResponse'] },
    fields: {
      ...actor,
      EventID: actionType({ '3008': 'DnsQueryResponse' }),
      QueryName: 'AdditionalFields.DnsQueryString',
      QueryResults: 'AdditionalFields.DnsQueryResult',
    },
  },
  {
    table: 'DeviceNetworkEvents',
    where: { ActionType: ['DnsConnectionInspected'] },
    fields: { ...dns, EventID: actionType({ '3008': 'DnsConnectionInspected' }) },
  },
];

function inspected(
  logsource: LogsourceMapping['logsource'],
  where: NonNullable<TableMapping['where']>,
  fields: TableMapping['fields'],
): LogsourceMapping {
  return { logsource, tables: [{ table: 'DeviceNetworkEvents', where, fields }] };
}

export const inspectedSources: readonly LogsourceMapping[] = [
  inspected({ category: 'proxy' }, requests('Out'), {
    ...w3c,
    dst_ip: 'RemoteIP',
    dst_port: 'RemotePort',
    src_ip: 'LocalIP',
  }),
  inspected({ category: 'webserver' }, requests('In'), { ...w3c, 'c-ip': 'RemoteIP', src_ip: 'RemoteIP' }),
  inspected({ product: 'zeek', service: 'http' }, { ActionType: ['HttpConnectionInspected'] }, zeekHttp),
  inspected({ product: 'zeek', service: 'dns' }, { ActionType: ['DnsConnectionInspected'] }, dns),
  inspected({ category: 'dns' }, { ActionType: ['DnsConnectionInspected'] }, dns),
  { logsource: { product: 'windows', service: 'dns-client' }, tables: dnsClient },
];
