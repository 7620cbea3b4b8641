/** What the routes of a row ask to be delivered, and to which destinations. */
import type { Delivery, EnvelopeHead } from '../../destinations/port.ts';
import { alertId } from '../../rules/alert-id.ts';
import type { Route, Row, ShapeWriter } from '../../shared/event.ts';
import { envelopeMember } from '../../shared/row-members.ts';
import { rowTimeText } from '../../shared/row-time.ts';
import { type ForwardedTest, forwardedTest, withoutRemoved } from './removed-values.ts';
import { type ForwardedColumns, ParsedContents, ParsedDelivery, SplicedDelivery } from './row-delivery.ts';

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
  const isForwarded = forwardedTest(row, forwarded);
  const [first] = routes;
  if (routes.length === 1 && first) return [[first.to, [deliver(headOf(row, first, isForwarded))]]];
  const made: Delivery[] = [];
  const byDestination = new Map<string, Delivery[]>();
  for (const route of routes) {
    const { to, severity, rule } = route;
    let delivery = made.find(({ head }) => head.severity === severity && head.rule === rule);
    if (!delivery) {
      delivery = deliver(headOf(row, route, isForwarded));
      made.push(delivery);
    }
    const list = byDestination.get(to);
    if (list) list.push(delivery);
    else byDestination.set(to, [delivery]);
  }
  return [...byDestination];
}

function maker(
  row: Row,
  forwarded: ForwardedColumns,
  shapes: ShapeWriter | undefined,
): (head: EnvelopeHead) => Delivery {
  const { columns } = forwarded;
  if (columns) return (head) => new SplicedDelivery(head, columns, forwarded, shapes);
  const contents = new ParsedContents(row, forwarded.event, shapes);
  return (head) => new ParsedDelivery(head, contents);
}

/** Plain data: it outlives the row. Members are added one by one, since each row has one and spreading costs more than they do. */
function headOf(row: Row, { severity, rule }: Route, isForwarded: ForwardedTest): EnvelopeHead {
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
  if (rule !== undefined) {
    head.rule = withoutRemoved(rule, isForwarded);
    head.alertId = alertId(row.id, rule);
  }
  return head;
}
