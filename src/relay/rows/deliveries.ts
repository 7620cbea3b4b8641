/** What the routes of a row ask to be delivered, and to which destinations. */
import type { Delivery, EnvelopeHead } from '../../destinations/port.ts';
import { alertId } from '../../rules/alert-id.ts';
import { columnIn } from '../../shared/column-value.ts';
import type { Route, Row, RuleRef, ShapeWriter } from '../../shared/event.ts';
import { envelopeMember, member } from '../../shared/row-members.ts';
import { rowTimeText } from '../../shared/row-time.ts';
import { renderTitle } from '../../shared/title-template.ts';
import { type ForwardedTest, forwardedTest, withoutRemoved } from './removed-values.ts';
import {
  type ForwardedColumns,
  isSpliced,
  ParsedContents,
  ParsedDelivery,
  SplicedDelivery,
} from './row-delivery.ts';

/** What goes to one destination. */
export type DeliveriesTo = readonly [destination: string, deliveries: readonly Delivery[]];

/** What goes to each destination for one forwarded row. Those that get the same get the same object. */
export function deliveriesOf(
  row: Row,
  forwarded: ForwardedColumns,
  routes: readonly Route[],
  shapes: ShapeWriter | undefined,
): readonly DeliveriesTo[] {
  const deliver = maker(row, forwarded, shapes);
  const context = { forwarded, isForwarded: forwardedTest(row, forwarded), shapes };
  const [first] = routes;
  const head = (route: Route) => headOf(row, route, context);
  if (routes.length === 1 && first) return [[first.to, [deliver(head(first))]]];
  // A rule of which a value was removed is another object in the head.
  const made: MadeFor[] = [];
  const byDestination = new Map<string, Delivery[]>();
  for (const route of routes) {
    const { to, severity, rule, evidence } = route;
    let delivery = made.find(
      (one) => one.severity === severity && one.rule === rule && one.evidence === evidence,
    )?.delivery;
    if (!delivery) {
      delivery = deliver(head(route));
      made.push({ severity, rule, evidence, delivery });
    }
    const list = byDestination.get(to);
    if (list) list.push(delivery);
    else byDestination.set(to, [delivery]);
  }
  return [...byDestination];
}

/** What was made for a route. */
interface MadeFor {
  readonly severity: Route['severity'] | undefined;
  readonly rule: RuleRef | undefined;
  readonly evidence: true | undefined;
  readonly delivery: Delivery;
}

function maker(
  row: Row,
  forwarded: ForwardedColumns,
  shapes: ShapeWriter | undefined,
): (head: EnvelopeHead) => Delivery {
  if (isSpliced(forwarded)) return (head) => new SplicedDelivery(head, forwarded, shapes);
  const contents = new ParsedContents(row, forwarded.event, shapes);
  return (head) => new ParsedDelivery(head, contents);
}

/** What heads of one row need besides the route. */
interface HeadContext {
  readonly forwarded: ForwardedColumns;
  readonly isForwarded: ForwardedTest;
  readonly shapes: ShapeWriter | undefined;
}

/** Plain data: it outlives the row. Members are added one by one, since each row has one and spreading costs more than they do. */
function headOf(
  row: Row,
  { severity, rule, evidence }: Route,
  { forwarded, isForwarded, shapes }: HeadContext,
): EnvelopeHead {
  const head: { -readonly [Name in keyof EnvelopeHead]: EnvelopeHead[Name] } = {
    id: row.id,
    time: rowTimeText(row),
    table: row.table,
    source: row.source,
  };
  const received = envelopeMember(row, 'time');
  const tenant = envelopeMember(row, 'tenantId');
  if (typeof received === 'string') head.received = received;
  if (typeof tenant === 'string') head.tenant = tenant;
  if (severity !== undefined) head.severity = severity;
  if (evidence !== undefined) head.evidence = evidence;
  if (rule !== undefined) {
    const shown = withoutRemoved(rule, isForwarded);
    head.rule = shown;
    head.alertId = alertId(row.id, rule);
    if (rule.titleTemplate !== undefined) head.title = titleOf(rule.titleTemplate, shown, forwarded);
    const renamed = shapes?.renamed(row.table);
    if (renamed !== undefined) head.renamed = renamed;
  }
  return head;
}

/** Filled in from the columns behind the steps only: what those removed must not come back in a title. */
function titleOf(template: string, { matched }: RuleRef, forwarded: ForwardedColumns): string {
  // `event` is made of the row's bytes when it is asked for: a title needs a column or two.
  const read = (name: string) =>
    forwarded.columns ? forwarded.columns.get(name) : member(forwarded.event, name);
  return renderTitle(template, (path) => columnIn(read, matched, path));
}
