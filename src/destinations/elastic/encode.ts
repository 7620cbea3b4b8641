/** One delivery as an action of the bulk API and its document. */
import { ByteWriter } from '../../shared/byte-writer.ts';
import { parseExact } from '../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { isAlert } from '../alert-record.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import type { Encoding } from '../port.ts';
import { recordId } from '../record-id.ts';
import { type Shape, writeShape } from '../shapes.ts';
import { timestampOf } from '../timestamp.ts';
import type { ElasticConfig } from './config.ts';
import { dataStreamOf, indexOf } from './index-name.ts';

interface ElasticSettings extends EncodingSettings {
  readonly shape: Shape;
  /** The template; or what rows have where none is filled in. */
  readonly index: string;
  readonly alertIndex: string;
}

/** How many names of data streams are kept with their text. */
const KEPT = 1_000;

/**
 * Each delivery becomes two lines, `{"create":{"_index":...,"_id":...}}` and the document (Elasticsearch, "Bulk API"). The id is that of the
 * event or the alert, so that what is sent a second time is refused with 409 in place of being stored twice. Each record of a
 * group of alerts has an id of its own.
 *
 * The action is part of what is kept of a delivery: a dead letter that is sent again goes where it was meant to go, under the same id.
 */
export function elasticDocuments({ index, alert_index: alertIndex }: ElasticConfig, shape: Shape): Encoding {
  const settings: ElasticSettings = {
    kind: 'elastic',
    shape,
    index: typeof index === 'string' ? index : index.default,
    alertIndex,
  };
  return encodingBy(settings, elasticDocument, { separator: '' });
}

function elasticDocument({ shape, index, alertIndex }: ElasticSettings): Encoding['write'] {
  const scratch = new ByteWriter();
  const known = new Map<string, NameTexts>();
  const textsOf = (name: string): NameTexts => {
    let texts = known.get(name);
    if (texts === undefined) {
      texts = nameTexts(name, shape);
      if (known.size < KEPT) known.set(name, texts);
    }
    return texts;
  };
  return (delivery, writer) => {
    const { head } = delivery;
    const name = isAlert(head) ? alertIndex : (head.metadata?.index ?? indexOf(index, head.table));
    const { action, dataStream } = textsOf(name);
    scratch.truncate(0);
    writeShape(shape, delivery, scratch);
    writer.text(`${action}${JSON.stringify(recordId(head))}}}\n{${dataStream}`);
    if (shape !== 'ecs' || !isTimed(scratch)) {
      writer.text(`"@timestamp":${JSON.stringify(timestampOf(head))},`);
      if (shape === 'raw') renameTime(scratch);
    }
    writer.bytes(scratch.peek(), 1, scratch.length);
    writer.text('\n');
  };
}

/** What stands in every document of one data stream. */
interface NameTexts {
  /** The action up to the id. */
  readonly action: string;
  /** The members `data_stream.*` of ECS, with a comma behind them; empty where the name is not after the naming scheme. */
  readonly dataStream: string;
}

function nameTexts(name: string, shape: Shape): NameTexts {
  const parts = shape === 'ecs' ? dataStreamOf(name) : undefined;
  return {
    action: `{"create":{"_index":${JSON.stringify(name)},"_id":`,
    dataStream: parts === undefined ? '' : `"data_stream":${JSON.stringify(parts)},`,
  };
}

const TIMESTAMP = new TextEncoder().encode('{"@timestamp":');

const OWN_TIME = '@timestamp';
/** What a member `@timestamp` of a row that is sent as it is stands in: of two of them in a document Elasticsearch refuses it, or takes the second. */
const RENAMED = 'row_timestamp';

function renameTime(document: ByteWriter): void {
  const text = new TextDecoder().decode(document.peek());
  // An escape in a name could hide the member.
  if (!text.includes(`"${OWN_TIME}"`) && !text.includes('\\u')) return;
  const row = parseExact(text);
  if (!isJsonObject(row) || !Object.hasOwn(row, OWN_TIME)) return;
  const { [OWN_TIME]: time = null, ...rest } = row;
  document.truncate(0);
  document.json({ ...rest, [freeName(rest)]: time });
}

/** A name that the row has no member of, so that none is lost. */
function freeName(row: JsonObject): string {
  let name = RENAMED;
  for (let number = 2; Object.hasOwn(row, name); number++) name = `${RENAMED}_${number}`;
  return name;
}

/** Whether the document begins with its time: those of the Elastic Common Schema do. */
function isTimed(document: ByteWriter): boolean {
  const start = document.peek(0, TIMESTAMP.length);
  return start.length === TIMESTAMP.length && TIMESTAMP.every((byte, at) => start[at] === byte);
}
