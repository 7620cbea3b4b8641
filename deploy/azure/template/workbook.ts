/** The workbook: what the relay's and Event Grid's logs say. */
import { LOG_LINES } from './alert-rules.ts';

/** Workbooks show queries of Log Analytics as items of type 3, and Markdown as type 1 ("Azure Workbooks", item types). */
const query = (name: string, title: string, text: string, visualization: 'table' | 'timechart') => ({
  type: 3,
  name,
  content: {
    version: 'KqlItem/1.0',
    query: text,
    size: 0,
    title,
    queryType: 0,
    resourceType: 'microsoft.operationalinsights/workspaces',
    timeContext: { durationMs: 86_400_000 },
    visualization,
  },
});

/** JSON with expressions in it. */
export const WORKBOOK = JSON.stringify({
  version: 'Notebook/1.0',
  items: [
    {
      type: 1,
      name: 'about',
      content: {
        json: '# xdr-relay\nWhat needs attention first: `xdr-relay status`. The runbook is docs/operations.md. Metrics: docs/observability.md.',
      },
    },
    query(
      'levels',
      'Log lines by level',
      `${LOG_LINES}\n| summarize lines = count() by level, bin(TimeGenerated, 15m)`,
      'timechart',
    ),
    query(
      'errors',
      'Errors and warnings by message',
      `${LOG_LINES}\n| where level in ('error', 'warn')\n| summarize lines = count(), last = max(TimeGenerated) by level, message, code = tostring(line.code)\n| order by lines desc`,
      'table',
    ),
    query(
      'destinations',
      'Destinations in errors',
      `${LOG_LINES}\n| where level in ('error', 'warn') and isnotempty(line.destination)\n| summarize lines = count(), last = max(TimeGenerated) by destination = tostring(line.destination), message`,
      'table',
    ),
    query(
      'notifications',
      'Notifications that Event Grid could not deliver',
      'AegDeliveryFailureLogs\n| summarize failures = count() by Message, bin(TimeGenerated, 1h)\n| order by TimeGenerated desc',
      'table',
    ),
    query(
      'secrets',
      'Secrets read from the Key Vault',
      "AZKVAuditLogs\n| where OperationName == 'SecretGet'\n| summarize reads = count() by ResultSignature, bin(TimeGenerated, 1h)",
      'timechart',
    ),
  ],
  fallbackResourceIds: [],
  $schema: 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json',
});
