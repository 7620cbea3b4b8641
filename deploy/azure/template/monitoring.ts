/** Logs, alerts and the workbook. */
import { ALERTS_LOCATION, type AlertRule, LOG_ALERTS, METRIC_ALERTS } from './alert-rules.ts';
import { call, choose, idOf, parameter, variable } from './expression.ts';
import type { Resource } from './model.ts';
import { type Clients, GROUP, recorded, TAGS } from './record.ts';
import { WORKBOOK } from './workbook.ts';

const prefix = parameter('namePrefix');
const location = parameter('location');

/** Sends logs of a resource to the workspace, into tables of their own. Not all resources know the group `allLogs`. */
const logsOf = (key: string, of: string, categories: readonly string[], { monitor }: Clients) =>
  recorded(key, { scope: of }, () =>
    monitor.diagnosticSettings.createOrUpdate('scope', 'xdr-relay', {
      workspaceId: idOf('workspace'),
      logAnalyticsDestinationType: 'Dedicated',
      logs: categories.map((category) => ({ category, enabled: true })),
    }),
  );

/** Where alerts go; nowhere without an e-mail address. */
const ACTIONS = (object: string) =>
  choose(variable('hasEmail'), call('createArray', object), call('createArray'));

export async function monitoringResources(clients: Clients): Promise<readonly Resource[]> {
  const { monitor } = clients;
  const metricAlert = ({ key, name, description, of, metric, ...rule }: AlertRule) =>
    recorded(
      key,
      {
        // An alert needs what it watches.
        condition: of === 'consumers' ? parameter('startRelay') : undefined,
        tags: true,
        replace: {
          'properties.actions': ACTIONS(call('createObject', 'actionGroupId', idOf('actionGroup'))),
        },
      },
      () =>
        monitor.metricAlerts.createOrUpdate(GROUP, `${prefix}-${name}`, {
          location: ALERTS_LOCATION,
          description,
          enabled: true,
          severity: rule.severity,
          scopes: [idOf(of)],
          evaluationFrequency: rule.every,
          windowSize: rule.within,
          autoMitigate: true,
          criteria: {
            odataType: 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
            allOf: [
              {
                criterionType: 'StaticThresholdCriterion',
                name,
                metricNamespace: metric.namespace,
                metricName: metric.name,
                timeAggregation: metric.aggregation,
                operator: metric.operator,
                threshold: metric.threshold,
                skipMetricValidation: true,
              },
            ],
          },
        }),
    );
  return Promise.all([
    {
      key: 'workspace',
      type: 'Microsoft.OperationalInsights/workspaces',
      apiVersion: '2023-09-01',
      names: [`${prefix}-logs`],
      body: { location, tags: TAGS, properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 } },
    },
    logsOf(
      'environmentLogs',
      'appEnvironment',
      ['ContainerAppConsoleLogs', 'ContainerAppSystemLogs'],
      clients,
    ),
    logsOf('topicLogs', 'systemTopic', ['DeliveryFailures'], clients),
    logsOf('vaultLogs', 'vault', ['AuditEvent'], clients),
    recorded('actionGroup', { condition: variable('hasEmail'), tags: true, apiVersion: '2023-01-01' }, () =>
      monitor.actionGroups.createOrUpdate(GROUP, `${prefix}-alerts`, {
        location: ALERTS_LOCATION,
        groupShortName: 'xdr-relay',
        enabled: true,
        emailReceivers: [{ name: 'mail', emailAddress: parameter('alertEmail'), useCommonAlertSchema: true }],
      }),
    ),
    ...METRIC_ALERTS.map(metricAlert),
    ...LOG_ALERTS.map(({ key, name, description, severity, query }) =>
      recorded(
        key,
        {
          tags: true,
          apiVersion: '2023-12-01',
          replace: { 'properties.actions.actionGroups': ACTIONS(idOf('actionGroup')) },
        },
        () =>
          monitor.scheduledQueryRules.createOrUpdate(GROUP, `${prefix}-${name}`, {
            location,
            kind: 'LogAlert',
            displayName: name,
            description,
            enabled: true,
            severity,
            scopes: [idOf('workspace')],
            evaluationFrequency: 'PT15M',
            windowSize: 'PT15M',
            autoMitigate: true,
            // The tables come with the first log line.
            skipQueryValidation: true,
            criteria: {
              allOf: [{ query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }],
            },
            actions: {},
          }),
      ),
    ),
    {
      key: 'workbook',
      type: 'Microsoft.Insights/workbooks',
      apiVersion: '2023-06-01',
      names: [call('guid', idOf('workspace'), 'xdr-relay')],
      body: {
        location,
        tags: TAGS,
        kind: 'shared',
        properties: {
          displayName: `xdr-relay (${prefix})`,
          category: 'workbook',
          sourceId: idOf('workspace'),
          serializedData: WORKBOOK,
        },
      },
    },
  ]);
}
