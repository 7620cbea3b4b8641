// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { formerNames } from '../../src/config/former-names.ts';
import { parseConfig } from '../../src/config/load.ts';
import { queueAccountOf, sourcesOf, stateOf } from '../../src/config/sources.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import { expectTheVoice } from '../diagnostics/expect-voice.ts';
import { processorMs } from '../support/processor-time.ts';

const ENV = {
  SPLUNK_TOKEN: '5f0e8e6c-token-value',
  SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/secretpath',
  STORAGE:
    'DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net',
};

const GOOD = `storage:
  account: contoso
destinations:
  splunk:
    type: splunk_hec
    url: https://splunk.example:8088
    token: \${SPLUNK_TOKEN}
default_destinations: [splunk]
`;

function report(text: string, env: Readonly<Record<string, string>> = ENV): string {
  const { diagnostics, source } = parseConfig(text, 'relay.yaml', env);
  expectTheVoice(diagnostics);
  return `\n${renderDiagnostics(diagnostics, new Map([['relay.yaml', source]]))}\n`;
}

/** GOOD with more lines at its end. */
const and = (lines: string) => `${GOOD}${lines}`;
/** GOOD with one piece replaced. */
const but = (piece: string, by: string) => GOOD.replace(piece, () => by);

describe('a good file', () => {
  it('becomes a config with its defaults and the variables filled in', () => {
    const { config, diagnostics } = parseConfig(GOOD, 'relay.yaml', ENV);
    expect(diagnostics).toEqual([]);
    expect(config?.destinations.splunk).toMatchObject({ type: 'splunk_hec', token: '5f0e8e6c-token-value' });
    expect(config?.tail.lateness).toBe(900_000);
    expect(config?.server.body_limit).toBe(1_572_864);
  });

  it('takes numbers and booleans from the environment', () => {
    const text = and('server: { port: "${PORT}" }\n').replace(
      'token:',
      'acknowledgement: ${ACK}\n    token:',
    );
    const { config } = parseConfig(text, 'relay.yaml', { ...ENV, PORT: '9999', ACK: 'true' });
    expect(config?.server.port).toBe(9999);
    expect(config?.destinations.splunk).toMatchObject({ acknowledgement: true });
  });

  it('keeps text text: a token of digits, a token "true"', () => {
    const { config } = parseConfig(GOOD, 'relay.yaml', { SPLUNK_TOKEN: '0123' });
    expect(config?.destinations.splunk).toMatchObject({ token: '0123' });
  });

  it('fills in once, takes $$ for $, and leaves a lone $ alone', () => {
    const text = and('variables: { A: "$${X} $$ $5", B: "${INNER}" }\n');
    const { config } = parseConfig(text, 'relay.yaml', { ...ENV, INNER: '${SPLUNK_TOKEN}$$' });
    expect(config?.variables).toEqual({ A: '${X} $ $5', B: '${SPLUNK_TOKEN}$$' });
  });

  it('does not see references in comments and keys', () => {
    expect(parseConfig(and('# ${NOT_THERE}\n'), 'relay.yaml', ENV).diagnostics).toEqual([]);
  });

  it('allows the storage emulator without a variable', () => {
    const text = but('account: contoso', 'connection_string: UseDevelopmentStorage=true');
    expect(parseConfig(text, 'relay.yaml', ENV).diagnostics).toEqual([]);
  });

  it('follows aliases', () => {
    const text = and(
      'alerts:\n  - levels: &bad [high, critical]\n    to: [splunk]\n  - levels: *bad\n    to: [splunk]\n',
    );
    expect(parseConfig(text, 'relay.yaml', ENV).config?.alerts[1]?.levels).toEqual(['high', 'critical']);
  });
});

describe('YAML', () => {
  it('an empty file', () => {
    expect(report('# nothing\n')).toMatchInlineSnapshot(`
      "
      relay.yaml:1:1: error: the file is empty [empty-file]
        1 | # nothing
          | ^
        hint: "xdr-relay init" writes a commented one

      1 error
      "
    `);
  });
  it('a file that is not a mapping', () => {
    expect(report('- a\n- b\n')).toMatchInlineSnapshot(`
      "
      relay.yaml:1:3: error: the document is a list, but must be a mapping (key: value) [wrong-type]
        1 | - a
          |   ^

      1 error
      "
    `);
  });
  it('wrong indentation', () => {
    expect(report('storage:\n  account: contoso\n   queue: x\n')).toMatchInlineSnapshot(`
      "
      relay.yaml:2:12: error: a nested mapping cannot begin on this line [yaml-syntax]
        2 |   account: contoso
          |            ^
        hint: is the next line indented too far? A value that holds ": " goes in quotes

      1 error
      "
    `);
  });
  it('a tab', () => {
    expect(report('storage:\n\taccount: contoso\n')).toMatchInlineSnapshot(`
      "
      relay.yaml:2:1: error: a tab in the indentation [yaml-syntax]
        2 | 	account: contoso
          | ^
        hint: indent with spaces

      1 error
      "
    `);
  });
  it('an unclosed quote', () => {
    expect(report('storage:\n  account: "contoso\n')).toMatchInlineSnapshot(`
      "
      relay.yaml:2:20: error: a character is missing here: a closing quote, a closing bracket, a comma or ": " [yaml-syntax]
        2 |   account: "contoso
          |                    ^

      1 error
      "
    `);
  });
  it('a key twice', () => {
    expect(report(and('storage:\n  account: fabrikam\n'))).toMatchInlineSnapshot(`
      "
      relay.yaml:9:1: error: the key "storage" is there twice [duplicate-key]
        9 | storage:
          | ^^^^^^^
        hint: keep one of them

      1 error
      "
    `);
  });
  it('an unknown tag and an unknown alias', () => {
    expect(report(but('contoso', '!vault contoso'))).toMatchInlineSnapshot(`
      "
      relay.yaml:2:12: error: unknown tag [yaml-syntax]
        2 |   account: !vault contoso
          |            ^^^^^^
        hint: put a string that begins with ! in quotes

      1 error
      "
    `);
    expect(report(but('contoso', '*contoso'))).toMatchInlineSnapshot(`
      "
      relay.yaml:2:12: error: the alias (*name) has no anchor (&name) above it [yaml-syntax]
        2 |   account: *contoso
          |            ^^^^^^^^
        hint: put a string that begins with * in quotes

      1 error
      "
    `);
  });
  it('two documents', () => {
    expect(report(and('---\na: 1\n'))).toMatchInlineSnapshot(`
      "
      relay.yaml:9:1: error: the file has more than one document [many-documents]
        9 | ---
          | ^^^
        hint: take out the "---" line

      1 error
      "
    `);
  });
  it('a key named __proto__', () => {
    expect(report(and('__proto__: { polluted: true }\n'))).toMatchInlineSnapshot(`
      "
      relay.yaml:9:1: error: a key cannot be named "__proto__" [bad-key]
        9 | __proto__: { polluted: true }
          | ^^^^^^^^^

      1 error
      "
    `);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
  it('an alias bomb', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i += 1)
      bomb.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const started = processorMs();
    expect(report(bomb.join('\n'))).toContain('the file has more than 1,000 aliases (*name)');
    expect(processorMs() - started).toBeLessThan(2000);
  });
  it('an alias of itself', () => {
    expect(report('storage: &a\n  x: *a\n')).toContain(
      'lists and mappings lie in one another more than 50 deep',
    );
  });
  it('bottomless nesting', () => {
    expect(report('['.repeat(20_000))).toMatch(/more than 50 deep|longer than/);
    expect(report(`a: ${'['.repeat(60)}${']'.repeat(60)}`)).toContain(
      'lists and mappings lie in one another more than 50 deep',
    );
  });
  it('a huge file', () => {
    expect(report('#'.repeat(1_000_001))).toContain('the file is longer than 1,000,000 characters');
  });
});

describe('variables', () => {
  it('one that is not set, with what it may have been', () => {
    expect(report(GOOD, { SPLUNK_TOKN: 'abcdef' })).toMatchInlineSnapshot(`
      "
      relay.yaml:7:12: error: the environment variable SPLUNK_TOKEN is not set [missing-variable]
        7 |     token: \${SPLUNK_TOKEN}
          |            ^^^^^^^^^^^^^^^
        hint: did you mean "SPLUNK_TOKN"? Or set it in the environment, or in the file .env beside relay.yaml

      1 error
      "
    `);
  });
  it('warns of a secret that is too short to be hidden', () => {
    const { config, diagnostics } = parseConfig(GOOD, 'relay.yaml', { ...ENV, SPLUNK_TOKEN: 'Splunk' });
    expect(config).toBeDefined();
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'weak-secret', span: { line: 7 } }]);
    expect(JSON.stringify(diagnostics)).not.toContain('"Splunk"');
  });

  it('one that is empty', () => {
    expect(report(GOOD, { SPLUNK_TOKEN: '' })).toMatchInlineSnapshot(`
      "
      relay.yaml:7:12: error: the environment variable SPLUNK_TOKEN is empty [missing-variable]
        7 |     token: \${SPLUNK_TOKEN}
          |            ^^^^^^^^^^^^^^^
        hint: set it in the environment, or in the file .env beside relay.yaml

      1 error
      "
    `);
  });
  it('the second of one value', () => {
    expect(report(but('${SPLUNK_TOKEN}', '"${SPLUNK_TOKEN}-${SECOND}"'))).toMatchInlineSnapshot(`
      "
      relay.yaml:7:29: error: the environment variable SECOND is not set [missing-variable]
        7 |     token: "\${SPLUNK_TOKEN}-\${SECOND}"
          |                             ^^^^^^^^^
        hint: set it in the environment, or in the file .env beside relay.yaml

      1 error
      "
    `);
  });
  it('something else in the braces', () => {
    expect(report(but('${SPLUNK_TOKEN}', '${SPLUNK_TOKEN:-none}'))).toMatchInlineSnapshot(`
      "
      relay.yaml:7:12: error: what stands in \${...} must be the name of an environment variable, file:PATH, or keyvault:NAME [bad-reference]
        7 |     token: \${SPLUNK_TOKEN:-none}
          |            ^^^^^^^^^^^^^^^^^^^^^
        hint: "\${SPLUNK_TOKEN}", "\${file:/run/secrets/splunk-token}", "\${keyvault:splunk-token}"; "$$" stands for one dollar sign

      1 error
      "
    `);
    expect(report(but('${SPLUNK_TOKEN}', '${SPLUNK_TOKEN'))).toMatchInlineSnapshot(`
      "
      relay.yaml:7:12: error: what stands in \${...} must be the name of an environment variable, file:PATH, or keyvault:NAME [bad-reference]
        7 |     token: \${SPLUNK_TOKEN
          |            ^^^^^^^^^^^^^^
        hint: "\${SPLUNK_TOKEN}", "\${file:/run/secrets/splunk-token}", "\${keyvault:splunk-token}"; "$$" stands for one dollar sign

      1 error
      "
    `);
  });
  it('a name that every object has', () => {
    expect(report(but('${SPLUNK_TOKEN}', '${constructor}'))).toContain('constructor is not set');
  });
});

describe('secrets', () => {
  it('a token in the file', () => {
    expect(report(but('${SPLUNK_TOKEN}', 'abcd-1234'))).toMatchInlineSnapshot(`
      "
      relay.yaml:7:12: error: destinations.splunk.token is a secret, and secrets do not belong in the file [literal-secret]
        7 |     token: *********
          |            ^^^^^^^^^
        hint: write \${SPLUNK_TOKEN} and set SPLUNK_TOKEN in the environment, or in the file .env

      1 error
      "
    `);
  });
  it('a token of digits, a webhook address, keys, a connection string, webhook secrets', () => {
    expect(
      report(
        `storage:
  connection_string: DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=aGVsbG8=
server: { keys: [averysecretsharedkey] }
destinations:
  splunk: { type: splunk_hec, url: "https://splunk.example:8088", token: 123456 }
  soc-slack: { type: slack, webhook_url: "https://hooks.slack.com/services/T/B/X" }
  hook:
    type: webhook
    url: https://hook.example/in
    secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]
    headers: { Authorization: "Bearer abcdef", X-Tenant: contoso }
default_destinations: [splunk]
`,
      ),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:2:22: error: storage.connection_string is a secret, and secrets do not belong in the file [literal-secret]
        2 |   connection_string: **********************************************************************
          |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: write \${STORAGE_CONNECTION_STRING} and set STORAGE_CONNECTION_STRING in the environment, or in the file .env

      relay.yaml:3:18: error: server.keys[0] is a secret, and secrets do not belong in the file [literal-secret]
        3 | server: { keys: [********************] }
          |                  ^^^^^^^^^^^^^^^^^^^^
        hint: write \${SERVER_KEYS} and set SERVER_KEYS in the environment, or in the file .env

      relay.yaml:5:74: error: destinations.splunk.token is a secret, and secrets do not belong in the file [literal-secret]
        5 |   splunk: { type: splunk_hec, url: "https://splunk.example:8088", token: ****** }
          |                                                                          ^^^^^^
        hint: write \${SPLUNK_TOKEN} and set SPLUNK_TOKEN in the environment, or in the file .env

      relay.yaml:6:42: error: destinations.soc-slack.webhook_url is a secret, and secrets do not belong in the file [literal-secret]
        6 |   soc-slack: { type: slack, webhook_url: **************************************** }
          |                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: write \${SOC_SLACK_WEBHOOK_URL} and set SOC_SLACK_WEBHOOK_URL in the environment, or in the file .env

      relay.yaml:10:15: error: destinations.hook.secrets[0] is a secret, and secrets do not belong in the file [literal-secret]
        10 |     secrets: [**************************************]
           |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: write \${HOOK_SECRETS} and set HOOK_SECRETS in the environment, or in the file .env

      relay.yaml:11:31: error: destinations.hook.headers.Authorization is a secret, and secrets do not belong in the file [literal-secret]
        11 |     headers: { Authorization: ******* *******, X-Tenant: contoso }
           |                               ^^^^^^^^^^^^^^^
        hint: write \${HOOK_HEADERS_AUTHORIZATION} and set HOOK_HEADERS_AUTHORIZATION in the environment, or in the file .env

      6 errors
      "
    `);
  });
  it('a password and a signature in an address, a key beside a variable', () => {
    expect(
      report(but('account: contoso', 'blob_endpoint: "https://contoso.example/?sv=2024&sig=c2ln"')),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:2:18: error: storage.blob_endpoint holds a password, a key or a signature, and secrets do not belong in the file [literal-secret]
        2 |   blob_endpoint: *******************************************
          |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: write \${STORAGE_BLOB_ENDPOINT} and set STORAGE_BLOB_ENDPOINT in the environment, or in the file .env

      1 error
      "
    `);
    expect(report(but('https://splunk', 'https://user:pass@splunk'))).toContain(
      'destinations.splunk.url holds a password',
    );
    const text = but('account: contoso', 'connection_string: AccountName=${NAME};AccountKey=aGVsbG8=');
    expect(report(text, { ...ENV, NAME: 'contoso' })).toMatchInlineSnapshot(`
      "
      relay.yaml:2:22: error: storage.connection_string holds a password, a key or a signature, and secrets do not belong in the file [literal-secret]
        2 |   connection_string: ***************************************
          |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: write \${STORAGE_CONNECTION_STRING} and set STORAGE_CONNECTION_STRING in the environment, or in the file .env

      1 error
      "
    `);
  });
  it('are masked in a file that is not YAML', () => {
    const shown = report('storage: [\n  token: "abcd-1234" oops: {\n  whatever: 1\n');
    expect(shown).toContain('yaml-syntax');
    expect(shown).not.toContain('abcd-1234');
  });
});

describe('keys and values', () => {
  it('unknown keys, with what was meant or what is allowed', () => {
    expect(report(and('tail:\n  latness: 5m\n  zzz: 1\ndestnations: {}\n'))).toMatchInlineSnapshot(`
      "
      relay.yaml:10:3: error: unknown key "latness" in tail [unknown-key]
        10 |   latness: 5m
           |   ^^^^^^^
        hint: did you mean "lateness"?

      relay.yaml:11:3: error: unknown key "zzz" in tail [unknown-key]
        11 |   zzz: 1
           |   ^^^
        hint: allowed here: lateness, poll_min, poll_max

      relay.yaml:12:1: error: unknown key "destnations" [unknown-key]
        12 | destnations: {}
           | ^^^^^^^^^^^
        hint: did you mean "destinations"?

      3 errors
      "
    `);
    expect(report(but('token:', 'tokn:'))).toMatchInlineSnapshot(`
      "
      relay.yaml:4:3: error: "token" is missing in destinations.splunk [missing-key]
        4 |   splunk:
          |   ^^^^^^
        hint: token must be a string: the HEC token

      relay.yaml:7:5: error: unknown key "tokn" in destinations.splunk [unknown-key]
        7 |     tokn: \${SPLUNK_TOKEN}
          |     ^^^^
        hint: did you mean "token"?

      2 errors
      "
    `);
  });
  it('keys that a destination had once, with what took their place', () => {
    const slack = 'type: slack\n    webhook_url: ${SLACK}\n    digest_over: 5\n  splunk:';
    expect(report(but('splunk:', `soc:\n    ${slack}`))).toMatchInlineSnapshot(`
      "
      relay.yaml:6:18: error: the environment variable SLACK is not set [missing-variable]
        6 |     webhook_url: \${SLACK}
          |                  ^^^^^^^^
        hint: set it in the environment, or in the file .env beside relay.yaml

      relay.yaml:7:5: error: "digest_over" is no key of a destination any more [unknown-key]
        7 |     digest_over: 5
          |     ^^^^^^^^^^^
        hint: remove it: alerts are grouped by their rule, and "group_by", "window", "repeat" and "grouping: off" say how, in an entry of "alerts", a route or a rule's own file (docs/alerts.md)

      2 errors
      "
    `);
  });
  it.each([
    ['type: datadog', 'datadog is a preset: write type: http_preset and preset: datadog'],
    ['type: google-secops', 'google_secops is a preset: write type: http_preset and preset: google_secops'],
    [
      'type: newrelic',
      'type: http_preset sends to datadog, google_secops, sumo and, by a preset file, to other products',
    ],
    ['type: webhok', 'did you mean "webhook"?'],
    ['{ type: http_preset, preset: datdog }', 'did you mean "datadog"?'],
  ])('a product that is a preset: %s', (entry, hint) => {
    expect(report(but('splunk:', `d:\n    ${entry}\n  splunk:`))).toContain(`hint: ${hint}\n`);
  });
  it('times of a source that cannot be', () => {
    const times = 'account: contoso\n  retention: 5m\n  start_at: 2026-02-30';
    expect(report(but('account: contoso', times))).toMatchInlineSnapshot(`
      "
      relay.yaml:3:14: error: storage.retention must be a duration from "1h" to "3650d": lifecycle rules count in days [bad-format]
        3 |   retention: 5m
          |              ^^

      relay.yaml:4:13: error: storage.start_at must be "now", a time before now such as "-48h", or a date in the past such as "2026-11-23" or "2026-11-23T07:00Z" [bad-format]
        4 |   start_at: 2026-02-30
          |             ^^^^^^^^^^

      2 errors
      "
    `);
  });
  it('missing keys', () => {
    expect(report('storage: { account: contoso }\n')).toMatchInlineSnapshot(`
      "
      relay.yaml:1:1: error: "destinations" is missing [missing-key]
        1 | storage: { account: contoso }
          | ^^^^^^^
        hint: destinations must be a mapping (key: value): where events and alerts go, under names of your choice

      1 error
      "
    `);
    expect(report(but('    url: https://splunk.example:8088\n', ''))).toMatchInlineSnapshot(`
      "
      relay.yaml:4:3: error: "url" is missing in destinations.splunk [missing-key]
        4 |   splunk:
          |   ^^^^^^
        hint: url must be an address such as "https://host.example:8088" or a list: base address, e.g. \`https://http-inputs-acme.splunkcloud.com:443\`; \`/services/collector/event\` is added where there is no path

      1 error
      "
    `);
    expect(report(but('    type: splunk_hec\n', ''))).toMatchInlineSnapshot(`
      "
      relay.yaml:4:3: error: "type" is missing in destinations.splunk [missing-key]
        4 |   splunk:
          |   ^^^^^^
        hint: type must be one of "splunk_hec", "slack", "teams", "pagerduty", "http_preset", "webhook", "elastic", "otlp", "kafka", "sentinel", "archive", "file"

      1 error
      "
    `);
  });
  it('wrong types', () => {
    expect(
      report(
        and(`queue: { visibility: 120, dequeue_limit: "10", name: 123 }
limits: []
tail:
server: { port: 80.5, allowed_origins: eventgrid }
variables: { A: 1 }
`),
      ),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:9:22: error: queue.visibility is a number, but must be a duration such as "30s", "15m", "2h" or "7d" [wrong-type]
        9 | queue: { visibility: 120, dequeue_limit: "10", name: 123 }
          |                      ^^^
        hint: in quotes it is a string

      relay.yaml:9:42: error: queue.dequeue_limit is a string, but must be a number [wrong-type]
        9 | queue: { visibility: 120, dequeue_limit: "10", name: 123 }
          |                                          ^^^^
        hint: write it without quotes

      relay.yaml:9:54: error: queue.name is a number, but must be a queue name: lower-case letters, digits and single hyphens, with a letter or digit at both ends [wrong-type]
        9 | queue: { visibility: 120, dequeue_limit: "10", name: 123 }
          |                                                      ^^^
        hint: in quotes it is a string

      relay.yaml:10:9: error: limits is a list, but must be a mapping (key: value) [wrong-type]
        10 | limits: []
           |         ^^

      relay.yaml:11:1: error: tail is empty, but must be a mapping (key: value) [wrong-type]
        11 | tail:
           | ^^^^

      relay.yaml:12:17: error: server.port is a number with a fraction, but must be a whole number [wrong-type]
        12 | server: { port: 80.5, allowed_origins: eventgrid }
           |                 ^^^^

      relay.yaml:12:40: error: server.allowed_origins is a string, but must be a list [wrong-type]
        12 | server: { port: 80.5, allowed_origins: eventgrid }
           |                                        ^^^^^^^^^

      relay.yaml:13:17: error: variables.A is a number, but must be a string or a list [wrong-type]
        13 | variables: { A: 1 }
           |                 ^

      8 errors
      "
    `);
  });
  it('values outside their range', () => {
    expect(
      report(
        and(`server: { port: 70000, keys: ["\${SHORT}"] }
queue: { dequeue_limit: 0, name: ab }
alerts: [{ levels: [high], to: [] }]
`),
        { ...ENV, SHORT: 'short-key' },
      ),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:9:17: error: server.port must be 65535 or less [out-of-range]
        9 | server: { port: 70000, keys: ["\${SHORT}"] }
          |                 ^^^^^

      relay.yaml:9:31: error: server.keys[0] must be a string of at least 16 characters [out-of-range]
        9 | server: { port: 70000, keys: ["\${SHORT}"] }
          |                               ^^^^^^^^^^
        hint: the value comes from SHORT

      relay.yaml:10:25: error: queue.dequeue_limit must be 1 or more [out-of-range]
        10 | queue: { dequeue_limit: 0, name: ab }
           |                         ^

      relay.yaml:10:34: error: queue.name must be a string of at least 3 characters [out-of-range]
        10 | queue: { dequeue_limit: 0, name: ab }
           |                                  ^^

      relay.yaml:11:32: error: alerts[0].to must be a list with at least 1 entry [out-of-range]
        11 | alerts: [{ levels: [high], to: [] }]
           |                                ^^

      5 errors
      "
    `);
  });
  it('values that are not allowed', () => {
    expect(report(but('splunk_hec', 'splunkhec'))).toMatchInlineSnapshot(`
      "
      relay.yaml:5:11: error: destinations.splunk.type must be one of "splunk_hec", "slack", "teams", "pagerduty", "http_preset", "webhook", "elastic", "otlp", "kafka", "sentinel", "archive", "file" [not-allowed]
        5 |     type: splunkhec
          |           ^^^^^^^^^
        hint: did you mean "splunk_hec"?

      1 error
      "
    `);
    expect(
      report(and('log: { level: verbose }\nalerts: [{ levels: [hihg], to: [splunk] }]\n')),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:9:15: error: log.level must be one of "debug", "info", "warn", "error" [not-allowed]
        9 | log: { level: verbose }
          |               ^^^^^^^

      relay.yaml:10:21: error: alerts[0].levels[0] must be one of "informational", "low", "medium", "high", "critical" [not-allowed]
        10 | alerts: [{ levels: [hihg], to: [splunk] }]
           |                     ^^^^
        hint: did you mean "high"?

      2 errors
      "
    `);
  });
  it('formats', () => {
    expect(
      report(
        and(`tail: { lateness: 15 minutes }
limits: { row: 4MB }
queue: { name: XDR_relay }
`)
          .replace('contoso', 'contoso.blob.core.windows.net')
          .replace('https://splunk.example:8088', 'splunk.example:8088'),
      ),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:2:12: error: storage.account must be a storage account's name: 3 to 24 lower-case letters and digits, without a domain [bad-format]
        2 |   account: contoso.blob.core.windows.net
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      relay.yaml:6:10: error: destinations.splunk.url must be an address such as "https://host.example:8088" [bad-format]
        6 |     url: splunk.example:8088
          |          ^^^^^^^^^^^^^^^^^^^

      relay.yaml:9:19: error: tail.lateness must be a duration such as "30s", "15m", "2h" or "7d" [bad-format]
        9 | tail: { lateness: 15 minutes }
          |                   ^^^^^^^^^^

      relay.yaml:10:16: error: limits.row must be a size such as "512KiB" or "4MiB" [bad-format]
        10 | limits: { row: 4MB }
           |                ^^^

      relay.yaml:11:16: error: queue.name must be a queue name: lower-case letters, digits and single hyphens, with a letter or digit at both ends [bad-format]
        11 | queue: { name: XDR_relay }
           |                ^^^^^^^^^

      5 errors
      "
    `);
  });
  it('an address and a secret from the environment, without their values', () => {
    const text = `storage: { account: contoso }
destinations:
  a: { type: splunk_hec, url: "\${URL}", token: "\${SPLUNK_TOKEN}" }
  b: { type: webhook, url: "https://b.example", secrets: ["\${SPLUNK_TOKEN}"] }
default_destinations: [a]
`;
    expect(report(text, { ...ENV, URL: 'ftp://nowhere' })).toMatchInlineSnapshot(`
      "
      relay.yaml:3:31: error: destinations.a.url must be an address such as "https://host.example:8088" [bad-format]
        3 |   a: { type: splunk_hec, url: "\${URL}", token: "\${SPLUNK_TOKEN}" }
          |                               ^^^^^^^^
        hint: the value comes from URL

      relay.yaml:4:59: error: destinations.b.secrets[0] must be whsec_ and 24 to 64 bytes in base64, or whsk_ and an Ed25519 private key of 32 bytes in base64 [bad-format]
        4 |   b: { type: webhook, url: "https://b.example", secrets: ["\${SPLUNK_TOKEN}"] }
          |                                                           ^^^^^^^^^^^^^^^^^
        hint: the value comes from SPLUNK_TOKEN

      2 errors
      "
    `);
  });
  it('names of destinations', () => {
    expect(report(but('  splunk:', '  Splunk_1:'))).toMatchInlineSnapshot(`
      "
      relay.yaml:4:3: error: the name "Splunk_1" must be 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends [bad-format]
        4 |   Splunk_1:
          |   ^^^^^^^^

      relay.yaml:8:24: error: default_destinations[0] names no destination [unknown-destination]
        8 | default_destinations: [splunk]
          |                        ^^^^^^
        hint: did you mean "Splunk_1"?

      2 errors
      "
    `);
  });
  it('a destination that is empty', () => {
    expect(report(and('# end\n').replace(/splunk:\n(?: {4}.*\n)+/, 'splunk:\n'))).toMatchInlineSnapshot(`
      "
      relay.yaml:4:3: error: destinations.splunk is empty, but must be a mapping (key: value) [wrong-type]
        4 |   splunk:
          |   ^^^^^^

      1 error
      "
    `);
  });
});

describe('checks between keys', () => {
  it('storage without an account', () => {
    expect(report(but('account: contoso', 'container_prefix: insights-'))).toMatchInlineSnapshot(`
      "
      relay.yaml:1:1: error: storage names no account [missing-key]
        1 | storage:
          | ^^^^^^^
        hint: set account, blob_endpoint or connection_string

      1 error
      "
    `);
  });
  it('destinations that do not exist, and one twice', () => {
    expect(
      report(
        and('alerts:\n  - levels: [high]\n    to: [splnk, pager]\n').replace(
          '[splunk]',
          '[splunk, splunk, spluk]',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:8:32: error: default_destinations[1] is in the list already [duplicate-destination]
        8 | default_destinations: [splunk, splunk, spluk]
          |                                ^^^^^^

      relay.yaml:8:40: error: default_destinations[2] names no destination [unknown-destination]
        8 | default_destinations: [splunk, splunk, spluk]
          |                                        ^^^^^
        hint: did you mean "splunk"?

      relay.yaml:11:10: error: alerts[0].to[0] names no destination [unknown-destination]
        11 |     to: [splnk, pager]
           |          ^^^^^
        hint: did you mean "splunk"?

      relay.yaml:11:17: error: alerts[0].to[1] names no destination [unknown-destination]
        11 |     to: [splnk, pager]
           |                 ^^^^^
        hint: destinations: splunk

      4 errors
      "
    `);
  });
  it('connection strings', () => {
    const text = but('account: contoso', 'connection_string: ${SPLUNK_TOKEN}');
    expect(report(text)).toMatchInlineSnapshot(`
      "
      relay.yaml:2:22: error: storage.connection_string must be a connection string with AccountName or BlobEndpoint [bad-format]
        2 |   connection_string: \${SPLUNK_TOKEN}
          |                      ^^^^^^^^^^^^^^^
        hint: Azure portal: storage account, Security + networking, Access keys, Connection string; the value comes from SPLUNK_TOKEN

      1 error
      "
    `);
    expect(report(but('account: contoso', 'connection_string: ${STORAGE}'))).toBe('\n\n');
  });
  it('containers that get in each other’s way', () => {
    expect(
      report(
        but(
          'account: contoso',
          'account: contoso\n  container_prefix: xdr-\n  dead_letter_container: xdr-relay-state',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:1:1: error: storage.state_container begins with container_prefix: the relay would read what it writes itself [conflict]
        1 | storage:
          | ^^^^^^^

      relay.yaml:4:26: error: storage.dead_letter_container begins with container_prefix: the relay would read what it writes itself [conflict]
        4 |   dead_letter_container: xdr-relay-state
          |                          ^^^^^^^^^^^^^^^

      2 errors
      "
    `);
  });
  it('container names', () => {
    expect(
      report(but('account: contoso', 'account: contoso\n  state_container: relay--state')),
    ).toMatchInlineSnapshot(`
      "
      relay.yaml:3:20: error: storage.state_container must be a container name: lower-case letters, digits and single hyphens, with a letter or digit at both ends [bad-format]
        3 |   state_container: relay--state
          |                    ^^^^^^^^^^^^

      1 error
      "
    `);
  });
  it('bounds in the wrong order', () => {
    expect(report(and('tail: { poll_min: 5m }\ndelivery: { retry_max: 100ms }\n'))).toMatchInlineSnapshot(`
      "
      relay.yaml:9:19: error: tail.poll_min is longer than tail.poll_max [conflict]
        9 | tail: { poll_min: 5m }
          |                   ^^

      relay.yaml:10:1: error: delivery.retry_min is longer than delivery.retry_max [conflict]
        10 | delivery: { retry_max: 100ms }
           | ^^^^^^^^

      2 errors
      "
    `);
  });
  it('one port for the endpoint and for monitoring', () => {
    expect(report(and('server: { port: 9464 }\n'))).toContain(
      'error: monitoring.port is the same as server.port [conflict]',
    );
    expect(report(and('server: { port: 0 }\nmonitoring: { port: 0 }\n'))).not.toContain('error');
  });
  it.each(['1s', '24h'])('a longest wait of %s is taken', (wait) => {
    expect(report(and(`delivery: { retry_after_max: ${wait} }\n`))).not.toContain('error');
  });
  it.each(['999ms', '25h'])('a longest wait of %s is not', (wait) => {
    const text = report(and(`delivery: { retry_after_max: ${wait} }\n`));
    expect(text).toContain('error: delivery.retry_after_max must be a duration from "1s" to "24h": ');
    expect(text).toContain(`^${'^'.repeat(wait.length - 1)}`);
  });
  it('networks', () => {
    const text = but('token:', 'allow_networks: [10.0.0.1, 10.0.0.0/33, fd00::/8, 0.0.0.0/0]\n    token:');
    expect(report(text)).toMatchInlineSnapshot(`
      "
      relay.yaml:7:32: error: destinations.splunk.allow_networks[1] must be a network such as "10.1.0.0/16" or "::1" [bad-format]
        7 |     allow_networks: [10.0.0.1, 10.0.0.0/33, fd00::/8, 0.0.0.0/0]
          |                                ^^^^^^^^^^^

      1 error
      "
    `);
    expect(report(text.replace('10.0.0.1, 10.0.0.0/33, ', ''))).toMatchInlineSnapshot(`
      "
      relay.yaml:7:32: warning: this allows every address, those of the host and of its cloud included [any-network]
        7 |     allow_networks: [fd00::/8, 0.0.0.0/0]
          |                                ^^^^^^^^^
        hint: name the network the destination is in

      1 warning
      "
    `);
  });

  it.each([
    ['"https://http-inputs-acme.splunkcloud.com:443"', true, true],
    ['["https://a.example", "https://http-inputs-acme.splunkcloud.com:443"]', true, true],
    ['"https://http-inputs-acme.splunkcloud.com:443"', false, false],
    ['"https://splunkcloud.com.example"', true, false],
  ])('warns of acknowledgements that nobody gives: %s', (url, acknowledgement, isWarned) => {
    const text = `storage: { account: contoso }\ndestinations: { a: { type: splunk_hec, url: ${url}, token: "\${TOKEN}", acknowledgement: ${acknowledgement} } }\ndefault_destinations: [a]\n`;
    expect(report(text, { TOKEN: 'abc' }).includes('[does-not-work-there]')).toBe(isWarned);
  });

  it.each([
    ['http://hook.contoso.example/in', '', true],
    ['http://8.8.8.8/in', 'allow_networks: [10.0.0.0/8], ', true],
    ['http://[2606:4700::1]/in', '', true],
    ['http://10.1.2.3/in', 'allow_networks: [10.0.0.0/8], ', false],
    ['http://soar.internal/in', 'allow_networks: [10.0.0.0/8], ', false],
    ['https://hook.contoso.example/in', '', false],
    [
      'https://hook.contoso.example/token',
      'auth: { type: oauth2, token_url: "http://login.contoso.example", client_id: a, client_secret: "${SECRET}" }, ',
      true,
    ],
    [
      'https://hook.contoso.example/token',
      'auth: { type: oauth2, token_url: "https://login.contoso.example", client_id: a, client_secret: "${SECRET}" }, ',
      false,
    ],
  ])('warns of secrets on their way without encryption: %s, %s', (url, more, isWarned) => {
    const text = `storage: { account: contoso }\ndestinations: { a: { type: webhook, ${more}url: "${url}" } }\ndefault_destinations: [a]\n`;
    expect(report(text, { SECRET: 'abc' }).includes('[plain-http]')).toBe(isWarned);
  });
  it.each([
    ['kafka.contoso.example:9092', 'encryption: none', true],
    ['kafka.contoso.example:9092', 'encryption: none, allow_networks: [10.0.0.0/8]', false],
    ['52.1.2.3:9092', 'encryption: none, allow_networks: [10.0.0.0/8]', true],
    ['kafka.contoso.example:9093', 'encryption: tls', false],
  ])('warns of a broker without encryption: %s, %s', (broker, more, isWarned) => {
    const text = `storage: { account: contoso }\ndestinations: { a: { type: kafka, ${more}, topic: t, brokers: ["${broker}"] } }\ndefault_destinations: [a]\n`;
    expect(report(text).includes('[plain-http]')).toBe(isWarned);
    if (isWarned) expect(report(text)).toContain('hint: encrypt with TLS');
  });
  it('Slack for everything, and nothing for anything: warnings, and a config all the same', () => {
    const text = `storage: { account: contoso }
destinations:
  soc-slack: { type: slack, webhook_url: "\${SLACK_WEBHOOK_URL}" }
default_destinations: [soc-slack]
`;
    expect(report(text)).toMatchInlineSnapshot(`
      "
      relay.yaml:4:24: warning: a Slack channel gets every event of every table without routes [people-firehose]
        4 | default_destinations: [soc-slack]
          |                        ^^^^^^^^^
        hint: name it under alerts, or in a table's routes with a detection

      1 warning
      "
    `);
    expect(parseConfig(text, 'relay.yaml', ENV).config).toBeDefined();
    expect(report(text.replace('[soc-slack]', '[]'))).toMatchInlineSnapshot(`
      "
      relay.yaml:4:1: warning: rows of tables without routes go nowhere [no-default-destination]
        4 | default_destinations: []
          | ^^^^^^^^^^^^^^^^^^^^
        hint: list a destination under default_destinations

      1 warning
      "
    `);
  });
});

it('finds all mistakes in one go', () => {
  const { diagnostics } = parseConfig(
    and('tail: { lateness: soon, latenes: 1m }\nlog: { level: loud }\n')
      .replace('${SPLUNK_TOKEN}', '${MISSING}')
      .replace('[splunk]', '[other]'),
    'relay.yaml',
    {},
  );
  expect(diagnostics.map(({ code }) => code).sort()).toEqual([
    'bad-format',
    'missing-variable',
    'not-allowed',
    'unknown-destination',
    'unknown-key',
  ]);
});

describe('several sources', () => {
  const SOURCES = `sources:
  - name: contoso
    account: contoso
    default: true
  - name: fabrikam
    account: fabrikam
    tenant_id: 1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c
state:
  account: relaystate
`;
  const several = (lines: string) => but('storage:\n  account: contoso\n', lines);

  it('are a list, each with its defaults', () => {
    const { config, diagnostics } = parseConfig(several(SOURCES), 'relay.yaml', ENV);
    expect(diagnostics).toEqual([]);
    expect(config && sourcesOf(config)).toMatchObject([
      { name: 'contoso', scope: undefined, account: 'contoso', setting: 'sources[0]' },
      {
        name: 'fabrikam',
        scope: 'fabrikam',
        containerPrefix: 'insights-logs-advancedhunting-',
        signIn: { tenantId: '1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c' },
      },
    ]);
    expect(config && stateOf(config)).toMatchObject({ setting: 'state', account: 'relaystate' });
    expect(config && queueAccountOf(config).account).toBe('relaystate');
  });

  it('leave a single storage as it is: its state beside it, or elsewhere', () => {
    const one = parseConfig(GOOD, 'relay.yaml', ENV).config;
    expect(one && sourcesOf(one)).toMatchObject([{ name: undefined, scope: undefined, account: 'contoso' }]);
    expect(one && stateOf(one)).toMatchObject({ account: 'contoso', container: 'xdr-relay-state' });
    const elsewhere = parseConfig(and('state: { account: relaystate, container: mine }\n'), 'f', ENV).config;
    expect(elsewhere && stateOf(elsewhere)).toMatchObject({ account: 'relaystate', container: 'mine' });
    expect(elsewhere && queueAccountOf(elsewhere).account).toBe('contoso');
    const renamed = parseConfig(and('state: { container: mine }\n'), 'f', ENV).config;
    expect(renamed && stateOf(renamed)).toMatchObject({ account: 'contoso', container: 'mine' });
  });

  it.each([
    ['neither storage nor sources', several('')],
    ['both', and(SOURCES)],
    ['no state', several(SOURCES.slice(0, SOURCES.indexOf('state:')))],
    ['a state without an account', several(SOURCES.replace('account: relaystate', 'container: mine'))],
    ['a source without an account', several(SOURCES.replace('    account: fabrikam\n', ''))],
    ['a name twice', several(SOURCES.replace('name: fabrikam', 'name: contoso'))],
    [
      'two defaults',
      several(SOURCES.replace('account: fabrikam\n', 'account: fabrikam\n    default: true\n')),
    ],
    ['an account twice', several(SOURCES.replace('account: fabrikam', 'account: contoso'))],
    [
      'an account twice, once by its connection string',
      several(SOURCES.replace(/account: fabrikam\n.*\n/, 'connection_string: ${STORAGE}\n')),
    ],
    [
      'an identity beside a connection string',
      several(SOURCES.replace('account: fabrikam', 'connection_string: ${SAS}')),
    ],
    [
      'a secret without an application',
      several(SOURCES.replace('account: fabrikam', 'account: fabrikam\n    client_secret: ${SPLUNK_TOKEN}')),
    ],
    [
      'a state among what is read',
      several(
        SOURCES.replace(
          'account: relaystate',
          'account: contoso\n  container: insights-logs-advancedhunting-x',
        ),
      ),
    ],
    [
      'the old keys beside state',
      and('state: { account: other }\n').replace(
        'account: contoso',
        'account: contoso\n  state_container: mine',
      ),
    ],
  ])('%s', (_, text) => {
    const sas = 'BlobEndpoint=https://fabrikam.blob.core.windows.net;SharedAccessSignature=sv=1&sig=x';
    expect(report(text, { ...ENV, SAS: sas })).toMatchSnapshot();
  });

  it('may share an account where their containers differ', () => {
    const text = SOURCES.replace('account: fabrikam', 'account: contoso\n    container_prefix: am-');
    expect(report(several(text))).toBe('\n\n');
  });
});

describe('was', () => {
  const hook = (was: string) =>
    but(
      'default_destinations',
      `  hook: { type: webhook, url: "https://hook.example", was: ${was} }\ndefault_destinations`,
    );

  it('gives the old names of each destination', () => {
    const { config, diagnostics } = parseConfig(hook('[a, b]'), 'relay.yaml', ENV);
    expect(diagnostics).toEqual([]);
    expect(config && [...formerNames(config)]).toEqual([
      ['a', 'hook'],
      ['b', 'hook'],
    ]);
  });

  it.each([
    ['a destination that is still there', hook('splunk')],
    ['its own name', hook('hook')],
    ['one name twice', hook('[a, a]')],
    ['no name', hook('A_B')],
  ])('%s', (_, text) => {
    expect(report(text)).toMatchSnapshot();
  });
});
