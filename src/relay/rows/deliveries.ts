/** What the routes of a row ask to be delivered, and to which destinations. */
import type { Delivery, EnvelopeHead } from '../../destinations/port.ts';
import type { Route, Row, RuleRef, ShapeWriter } from '../../shared/event.ts';
import type { JsonValue } from '../../shared/json.ts';
import { envelopeMember } from '../../shared/row-members.ts';
import { rowTimeText } from '../../shared/row-time.ts';
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
  if (rule !== undefined) head.rule = withoutRemoved(rule, isForwarded);
  return head;
}

/** Whether a value still stands in the row behind the steps of `transform`. */
type ForwardedTest = (value: JsonValue) => boolean;

/** Stands for a value that a rule saw, and that a step of the table file took out of the row. */
const REMOVED = '(removed by the table file)';

function forwardedTest(row: Row, forwarded: ForwardedColumns): ForwardedTest {
  let text: string | undefined;
  return (value) => {
    const { columns } = forwarded;
    if (columns ? !columns.isChanged : forwarded.event === row.properties) return true;
    text ??= JSON.stringify(forwarded.event).toLowerCase();
    const wanted = JSON.stringify(value).toLowerCase();
    return text.includes(typeof value === 'string' ? wanted.slice(1, -1) : wanted);
  };
}

/** Rules see the row as it was before the steps. What those removed, hashed or redacted must not reach a destination with the alert. */
function withoutRemoved(rule: RuleRef, isForwarded: ForwardedTest): RuleRef {
  const { matched } = rule;
  if (matched === undefined || matched.every(({ value }) => isForwarded(value))) return rule;
  return {
    ...rule,
    matched: matched.map(({ column, value }) => ({ column, value: isForwarded(value) ? value : REMOVED })),
  };
}
