/** The playground's start from the relay's own rule files: the file that a person chose, and the others of the set as far as they fit. */
import type { DestinationItem, DestinationsView } from '../../../src/console/model/destinations.ts';
import type { RuleFiles, RuleText } from '../../../src/console/model/rules.ts';
import { readView } from '../../api.ts';
import type { Start } from '../../playground/props.ts';

/** Files that are opened together, and their bytes. */
const MOST_FILES = 40;
const MOST_BYTES = 1024 * 1024;
/** Requests at a time. */
const AT_ONCE = 4;
const TEXTS = /\.(?:ya?ml|csv|txt|json)$/;

/** Where the relay reads a file: of the set in force, or as it lies there now. */
export type Of = RuleText['of'];

/** Throws an ApiError where the chosen file cannot be read; what else is missing, the note says. */
export async function startFromRules(path: string, of: Of): Promise<Start> {
  const chosen = await readView<RuleText>('rules/file', { path, of });
  if (chosen.isCut) return { note: `${path} is too long for the playground.` };
  const [list, destinations] = await Promise.all([
    readView<RuleFiles>('rules/files'),
    readView<DestinationsView>('destinations').then(
      (view) => view.destinations,
      () => [],
    ),
  ]);
  const wanted = fitting(list, chosen);
  const others: RuleText[] = [];
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted
      .slice(at, at + AT_ONCE)
      .map((one) => readView<RuleText>('rules/file', { path: one, of }).catch(() => undefined));
    for (const text of await Promise.all(some)) if (text && !text.isCut) others.push(text);
  }
  const left = Math.max(0, list.total - others.length - 1);
  return {
    state: {
      files: [chosen, ...others].map((one) => ({ path: one.path, text: one.text })),
      relay: relayOf(destinations),
    },
    note: [
      'This is a copy: nothing that you change here reaches the relay.',
      'The destinations have the names of the relay, and made-up settings.',
      left > 0 ? `Of the set's files, ${left.toLocaleString('en')} are not here.` : '',
    ]
      .filter(Boolean)
      .join(' '),
  };
}

/** Table files, lists and the like first: a detection may need them, and seldom needs another detection. */
function fitting({ files }: RuleFiles, chosen: RuleText): readonly string[] {
  const isDetection = (path: string) => /(?:^|\/)detections\//.test(path);
  let bytes = chosen.bytes;
  return files
    .filter(({ path }) => path !== chosen.path && TEXTS.test(path))
    .toSorted((one, other) => Number(isDetection(one.path)) - Number(isDetection(other.path)))
    .slice(0, MOST_FILES - 1)
    .filter((one) => {
      bytes += one.bytes;
      return bytes <= MOST_BYTES;
    })
    .map(({ path }) => path);
}

/** relay.yaml with destinations of these names. Their settings hold secrets, so they never come to the browser. */
function relayOf(destinations: readonly DestinationItem[]): string {
  const isForPeople = ({ type }: DestinationItem) => ['slack', 'teams', 'pagerduty'].includes(type);
  const names = JSON.stringify(destinations.map(({ name }) => name));
  const machines = JSON.stringify(destinations.filter((one) => !isForPeople(one)).map(({ name }) => name));
  return [
    "# The names of the relay's destinations, with made-up settings: write in what you want to see.",
    ...(destinations.length === 0
      ? ['destinations: {}']
      : ['destinations:', ...destinations.map((one) => `  ${JSON.stringify(one.name)}: ${standIn(one)}`)]),
    `default_destinations: ${machines}`,
    'alerts:',
    `  - { levels: [low, medium, high, critical], to: ${names} }`,
    '',
  ].join('\n');
}

function standIn({ type }: DestinationItem): string {
  switch (type) {
    case 'slack':
      return `{ type: slack, webhook_url: "\${SLACK_WEBHOOK_URL}" }`;
    case 'teams':
      return `{ type: teams, webhook_url: "\${TEAMS_WEBHOOK_URL}" }`;
    case 'splunk_hec':
      return `{ type: splunk_hec, url: "https://splunk.example.com:8088", token: "\${SPLUNK_TOKEN}" }`;
    case 'pagerduty':
      return `{ type: pagerduty, routing_key: "\${PAGERDUTY_ROUTING_KEY}" }`;
    case 'webhook':
      return `{ type: webhook, url: "https://hooks.example.com/", secrets: ["\${WEBHOOK_SECRET}"] }`;
    default:
      return `{ type: file, path: "-" } # ${type.replace(/[^\w]/g, '')} in the relay`;
  }
}
