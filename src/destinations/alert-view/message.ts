/**
 * One message on a group of alerts as an analyst reads it, in the order in which a person woken by it asks: what and how bad, where and
 * who, what ran, when and how often, which technique, where to click. Nothing is escaped or cut but the links: each destination does
 * so for its own format, since every other string here may be chosen by an attacker.
 */
import type { AlertMessage, EntityKind, EntityList, Phase } from '../../alerts/message.ts';
import type { Level } from '../../shared/event.ts';
import { huntingLinks } from './hunting.ts';
import { type Link, portalPages, type Tag, tagLink } from './links.ts';
import { decodedCommands } from './powershell.ts';
import { answer, type Question, textOf } from './questions.ts';
import { type Searches, searchLinks } from './searches.ts';
import { defenderTechnique, techniqueTag } from './techniques.ts';
import { severityMark, titleOf } from './title.ts';

/** A label of ours and a value from the row. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Kinds of entities that need not be shown beside it. */
  readonly about?: readonly EntityKind[];
}

/** What the alerts of a group name of one kind. */
export interface EntityLine {
  readonly kind: EntityKind;
  /** `Host`, `Hosts`. */
  readonly label: string;
  /** At most 5. */
  readonly names: readonly string[];
  /** How many further ones there are. */
  readonly more: number;
}

/** Another rule that matched the same event. */
export interface OtherLine {
  readonly mark: string;
  readonly title: string;
}

/** A command line, and the commands that it holds in base64. */
export interface CommandView {
  readonly text: string;
  /** PowerShell's encoded commands, outermost first. */
  readonly decoded: readonly string[];
}

export interface MessageView {
  readonly groupId: string;
  readonly phase: Phase;
  readonly scope: AlertMessage['scope'];
  readonly severity: Level | undefined;
  /** `🟠 HIGH`; empty where there is no severity. */
  readonly mark: string;
  /** A declared title, Defender's own title of its alert, or the rule's. */
  readonly title: string;
  /** Severity mark and title. */
  readonly headline: string;
  /** For notifications: severity mark, title, where and how often in one line. */
  readonly summary: string;
  /** ` on pc-1 and 2 more hosts`, or ` for ann` where no host is named; empty where neither is, or the title names the only one. */
  readonly where: string;
  /** Alerts in the group so far. */
  readonly count: number;
  /** As the rows have them: ISO 8601 mostly. */
  readonly firstTime: string;
  readonly lastTime: string;
  readonly table: string;
  /** Hosts, users, ... in the order of ENTITY_KINDS. */
  readonly entities: readonly EntityLine[];
  /** Of these, what came since the last message; undefined where that is not known. Their labels begin with `New`. */
  readonly added: readonly EntityLine[] | undefined;
  /** What the first row says besides, at most 6. */
  readonly facts: readonly Fact[];
  readonly command: CommandView | undefined;
  /** ATT&CK techniques, at most 6: `T1486 Data Encrypted for Impact`. */
  readonly techniques: readonly Tag[];
  /** The rule's further tags, at most 8. */
  readonly tags: readonly Tag[];
  /** Other rules that matched the first alert's event, at most 5; `moreOthers` is how many there are besides. */
  readonly others: readonly OtherLine[];
  readonly moreOthers: number;
  /** What Defender says of its own alert, at most 5; empty for alerts of rules. */
  readonly defender: readonly Fact[];
  /** Columns and values that the rule matched, at most 8; `moreMatched` is how many it matched besides. */
  readonly matched: readonly Fact[];
  readonly moreMatched: number;
  /** Of the rule. */
  readonly description: string | undefined;
  /** At most 4. */
  readonly falsePositives: readonly string[];
  /** Pages of Defender's portal. */
  readonly pages: readonly Link[];
  /** Advanced Hunting. */
  readonly hunting: readonly Link[];
  /** In the tools that `links:` names, at most 8. */
  readonly searches: readonly Link[];
  /** The rule's title, where another one is shown. */
  readonly ruleTitle: string | undefined;
  readonly ruleId: string | undefined;
  readonly alertId: string | undefined;
  readonly eventId: string;
}

const MOST_NAMES = 5;
const MOST_FACTS = 6;
const MOST_MATCHES = 8;
const MOST_OTHERS = 5;
const MOST_FALSE_POSITIVES = 4;
const MOST_TECHNIQUES = 6;
const MOST_TAGS = 8;

/** The view of a message on alerts. @param searches `links:` of relay.yaml. */
export function messageView(message: AlertMessage, searches: Searches = {}): MessageView {
  const { envelope, defender, others, count } = message;
  const { event, rule } = envelope;
  const mark = severityMark(message.severity);
  const title = titleOf(envelope, defender?.title);
  const entities = entityLines(message);
  const where = whereOf(entities, title);
  const command = answer(event, 'commandLine');
  const matched = rule?.matched ?? [];
  const tags = rule?.tags ?? [];
  const techniques = tags.flatMap((tag) => techniqueTag(tag) ?? []);
  return {
    groupId: message.groupId,
    phase: message.phase,
    scope: message.scope,
    severity: message.severity,
    mark,
    title,
    headline: mark === '' ? title : `${mark}  ${title}`,
    summary: `${mark === '' ? '' : `${mark} `}${title}${where}${count > 1 ? ` (×${count})` : ''}`,
    where,
    count,
    firstTime: message.firstTime,
    lastTime: message.lastTime,
    table: envelope.table,
    entities,
    added: message.added?.map(addedLine),
    facts: factsOf(message),
    command: command === undefined ? undefined : { text: command, decoded: decodedCommands(command) },
    techniques: distinct([...techniques, ...(defender?.techniques ?? []).map(defenderTechnique)]).slice(
      0,
      MOST_TECHNIQUES,
    ),
    tags: tags
      .filter((tag) => techniqueTag(tag) === undefined)
      .slice(0, MOST_TAGS)
      .map(tagLink),
    others: others
      .slice(0, MOST_OTHERS)
      .map((other) => ({ mark: severityMark(other.severity), title: other.rule.title })),
    moreOthers: Math.max(0, others.length - MOST_OTHERS),
    defender: defenderFacts(message),
    matched: matched
      .slice(0, MOST_MATCHES)
      .map(({ column, value }) => ({ label: column, value: textOf(value) })),
    moreMatched: Math.max(0, matched.length - MOST_MATCHES),
    description: rule?.description,
    falsePositives: (rule?.falsepositives ?? [])
      .filter((text) => text.trim() !== '')
      .slice(0, MOST_FALSE_POSITIVES),
    pages: portalPages(message),
    hunting: huntingLinks(message),
    searches: searchLinks(message, searches),
    ruleTitle: rule?.title === title ? undefined : rule?.title,
    ruleId: rule?.id,
    alertId: envelope.alertId,
    eventId: envelope.id,
  };
}

const LABELS: Readonly<Record<EntityKind, readonly [one: string, many: string]>> = {
  host: ['Host', 'Hosts'],
  user: ['User', 'Users'],
  process: ['Process', 'Processes'],
  file: ['File', 'Files'],
  address: ['Address', 'Addresses'],
  url: ['URL', 'URLs'],
  mail: ['Mail', 'Mails'],
  cloud_app: ['Cloud app', 'Cloud apps'],
  cloud_resource: ['Cloud resource', 'Cloud resources'],
  registry_key: ['Registry key', 'Registry keys'],
};

/** What a row without entities says of host and user. */
const INSTEAD: readonly (readonly [EntityKind, Question])[] = [
  ['host', 'device'],
  ['user', 'user'],
];

/** What a message's alerts name, by kind. */
export function entityLines({ envelope, entities }: AlertMessage): readonly EntityLine[] {
  const lines = entities
    .filter(({ first }) => first.length > 0)
    .map(({ kind, first, more }) =>
      entityLine(
        kind,
        first.map(({ name }) => name),
        more,
      ),
    );
  const missing = INSTEAD.flatMap(([kind, question]) => {
    const name = lines.some((line) => line.kind === kind) ? undefined : answer(envelope.event, question);
    return name === undefined ? [] : [entityLine(kind, [name], 0)];
  });
  return [...missing, ...lines];
}

function entityLine(kind: EntityKind, names: readonly string[], more: number): EntityLine {
  const [one, many] = LABELS[kind];
  return {
    kind,
    label: names.length + more > 1 ? many : one,
    names: names.slice(0, MOST_NAMES),
    more: more + Math.max(0, names.length - MOST_NAMES),
  };
}

/** What came since the last message; of kinds whose list is full, only how many. */
function addedLine({ kind, first, more }: EntityList): EntityLine {
  const names = first.map(({ name }) => name);
  const line = entityLine(kind, names, more);
  const label = /^[A-Z]{2}/.test(line.label) ? line.label : line.label.toLowerCase();
  return { ...line, label: `New ${label}` };
}

/** ` on pc-1 and 2 more hosts`, or ` and 2 more hosts` where the title names pc-1; ` for ann` where a user is named and no host. */
function whereOf(entities: readonly EntityLine[], title: string): string {
  const named = (wanted: EntityKind) =>
    entities.find(({ kind, names }) => kind === wanted && names.length > 0);
  const line = named('host') ?? named('user');
  const [name] = line?.names ?? [];
  if (line === undefined || name === undefined) return '';
  const more = line.names.length - 1 + line.more;
  const isHost = line.kind === 'host';
  // Among the users of a mail is its sender, who may be nobody's user: no noun.
  const noun = !isHost ? '' : more === 1 ? ' host' : ' hosts';
  const others = more === 0 ? '' : ` and ${more} more${noun}`;
  return isNamedIn(title, name) ? others : ` ${isHost ? 'on' : 'for'} ${name}${others}`;
}

/** Whether a text has a name as a whole: `pc-2` is not in `pc-27: logon`. */
function isNamedIn(text: string, name: string): boolean {
  const lower = text.toLowerCase();
  const wanted = name.toLowerCase();
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, at + 1)) {
    const [before, after] = [lower.slice(0, at), lower.slice(at + wanted.length)];
    if (!/[\p{L}\p{N}_.-]$/u.test(before) && !/^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u.test(after)) return true;
  }
  return false;
}

/** What is no entity, or a person reads before the entities. */
const FACTS: readonly (readonly [string, Question, about?: readonly EntityKind[]])[] = [
  ['Action', 'action'],
  ['Process', 'process', ['process', 'file']],
  ['Started by', 'parent', ['process']],
  ['Remote', 'remote', ['address', 'url']],
  ['Sender', 'sender'],
  ['Recipient', 'recipient'],
  ['Subject', 'subject', ['mail']],
  ['Application', 'application', ['cloud_app']],
  ['Registry key', 'registry', ['registry_key']],
];

function factsOf(message: AlertMessage): readonly Fact[] {
  const facts: Fact[] = [];
  const named = new Set<string>();
  for (const [label, question, about] of FACTS) {
    const value = answer(message.envelope.event, question);
    // For most tables process and parent are the same column: once is enough.
    if (value === undefined || named.has(value)) continue;
    named.add(value);
    const path = question === 'process' ? fileNamed(value, message) : undefined;
    if (path !== undefined) facts.push({ label: 'File', value: path, about: ['file'] });
    else facts.push({ label, value, ...(about && { about }) });
  }
  return facts.slice(0, MOST_FACTS);
}

/** The path of a file that its row names and that is not what ran: in most tables, `FileName` is the file that an event is about. */
function fileNamed(name: string, { entities }: AlertMessage): string | undefined {
  const namesOf = (wanted: EntityKind) =>
    entities.filter(({ kind }) => kind === wanted).flatMap(({ first }) => first.map((one) => one.name));
  if (namesOf('process').some((one) => one.toLowerCase() === name.toLowerCase())) return undefined;
  return namesOf('file').find((path) => path.split(/[\\/]/).at(-1)?.toLowerCase() === name.toLowerCase());
}

function defenderFacts({ defender }: AlertMessage): readonly Fact[] {
  if (!defender) return [];
  const { category, severity, serviceSource, detectionSource, evidence } = defender;
  const all: readonly (readonly [string, string | undefined])[] = [
    ['Category', category],
    ['Severity in Defender', severity],
    ['Service', serviceSource],
    ['Detected by', detectionSource],
    ['Evidence', evidence === 0 ? undefined : `${evidence} ${evidence === 1 ? 'row' : 'rows'} of evidence`],
  ];
  return all.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [{ label, value }]));
}

/** Each once; a technique is left out where one of its sub-techniques says more. */
function distinct(tags: readonly Tag[]): readonly Tag[] {
  const byKey = new Map<string, Tag>();
  for (const tag of tags) if (!byKey.has(tag.url ?? tag.label)) byKey.set(tag.url ?? tag.label, tag);
  const found = [...byKey.values()];
  const refined = new Set(found.flatMap(({ label }) => /^(T\d{4})\.\d{3}/.exec(label)?.[1] ?? []));
  return found.filter(({ label }) => !refined.has(/^T\d{4}(?!\.)/.exec(label)?.[0] ?? ''));
}
