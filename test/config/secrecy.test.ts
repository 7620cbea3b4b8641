// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveConfig } from '../../src/config/effective.ts';
import { parseConfig } from '../../src/config/load.ts';
import { secretValues } from '../../src/config/secrets.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';

/** A file whose every value can be replaced: `<value>` marks the places. */
const TEMPLATE = `storage:
  account: <contoso>
  blob_endpoint: <https://contoso.blob.core.windows.net>
  connection_string: <UseDevelopmentStorage=true>
  state_container: <relay-state>
queue: { name: <relay>, visibility: <2m>, dequeue_limit: <5> }
server:
  port: <8080>
  keys: [<a-key-of-sixteen-characters>]
  allowed_origins: [<eventgrid.azure.net>]
limits: { row: <1MiB> }
transforms: <rules>
destinations:
  splunk:
    type: <splunk_hec>
    url: <https://splunk.example:8088>
    token: <a-token>
    compression: <gzip>
    acknowledgement: <true>
  hook:
    type: webhook
    url: <https://hook.example/in>
    secrets: [<whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw>]
    headers: { Authorization: <Bearer abc>, X-Plain: <plain> }
    allow_networks: [<10.0.0.0/8>]
default_destinations: [<splunk>]
alerts: [{ levels: [<high>], to: [<hook>] }]
variables: { HASH_KEY: <pepper>, LIST: [<one>] }
log: { level: <info> }
`;
const PLACES = TEMPLATE.match(/<[^>]*>/g)?.length ?? 0;

/** Values that cannot occur in a message by chance. */
const value = fc
  .tuple(
    fc.constantFrom('', 'https://', 'whsec_', 'AccountName=', '-7', '${X}'),
    fc.stringMatching(/^[A-Za-z0-9:/;=_ .-]{1,30}$/),
  )
  .map(([prefix, rest]) => `${prefix}qZ9~${rest}~Qz9`);

function fillTemplate(choices: readonly (string | undefined)[]): {
  text: string;
  env: Record<string, string>;
} {
  const env: Record<string, string> = {};
  let index = 0;
  const text = TEMPLATE.replace(/<([^>]*)>/g, (_whole, original: string) => {
    const choice = choices[index];
    index += 1;
    if (choice === undefined) return original;
    env[`V${index}`] = choice;
    return index % 3 === 0 ? `"prefix-\${V${index}}"` : `\${V${index}}`;
  });
  return { text, env };
}

describe('a secret in the query of an address', () => {
  const entries = {
    splunk: 'type: splunk_hec, token: "${T}", url: <>',
    several: 'type: splunk_hec, token: "${T}", url: ["https://other.example", <>]',
    elastic: 'type: elastic, url: <>',
    otlp: 'type: otlp, url: <>',
    hook: 'type: webhook, secrets: ["${W}"], url: <>',
    pd: 'type: pagerduty, routing_key: "${P}", url: <>',
    archive: 'type: archive, blob_endpoint: <>',
  };
  const env = {
    U: 'https://in.example/x?token=qZ9-0123456789',
    T: 'a-token-of-sixteen-characters',
    W: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    P: '0123456789abcdef0123456789abcdef',
  };
  const fileOf = (entry: string) =>
    `storage: { account: contoso }\ndestinations: { d: { ${entry} } }\ndefault_destinations: [d]\n`;

  it.each(Object.entries(entries))('is not shown where it comes from the environment: %s', (_, entry) => {
    const parsed = parseConfig(fileOf(entry.replace('<>', '"${U}"')), 'relay.yaml', env);
    expect(parsed.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(effectiveConfig(parsed)).toContain('${U}');
    expect(effectiveConfig(parsed)).not.toContain('qZ9');
  });

  it.each(['token', 'api_key', 'apikey', 'code', 'access-token', 'key', 'secret'])(
    'is refused where it stands in the file: %s',
    (name) => {
      const url = JSON.stringify(`https://in.example/x?a=b&${name}=qZ9-0123456789`);
      const parsed = parseConfig(fileOf(entries.splunk.replace('<>', url)), 'relay.yaml', env);
      expect(parsed.diagnostics.map(({ message }) => message)).toContainEqual(
        expect.stringContaining('holds a password, a key or a signature'),
      );
      expect(parsed.source).not.toContain('qZ9');
    },
  );
});

describe('values from the environment', () => {
  it('never show in diagnostics, in what is rendered of them, or in the source', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(value, { nil: undefined }), { minLength: PLACES, maxLength: PLACES }),
        fc.constantFrom('', '  broken: [', 'storage: {}\n', 'unknown: ${V1}\n'),
        (choices, tail) => {
          const { text, env } = fillTemplate(choices);
          const parsed = parseConfig(text + tail, 'relay.yaml', env);
          const sources = new Map([['relay.yaml', parsed.source]]);
          const shown = [
            JSON.stringify(parsed.diagnostics),
            renderDiagnostics(parsed.diagnostics, sources),
            renderDiagnostics(parsed.diagnostics, sources, 'github'),
            parsed.source,
          ].join('\n');
          expect(shown).not.toContain('qZ9~');
          expect(shown).not.toContain('~Qz9');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'storage:',
      '\n',
      '  ',
      'account: x',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '${V}',
      '"',
      '!!x ',
      '? ',
      ': ',
      '|',
      '\t',
      '#',
      '<<: ',
      'destinations:',
      'type: slack',
      'null',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const { config, diagnostics } = parseConfig(parts.join(''), 'relay.yaml', { V: 'v' });
        expect(config === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
        for (const { span } of diagnostics)
          expect(Math.min(span.line, span.column, span.length + 1)).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the effective config', () => {
  const text = `storage: { account: "\${ACCOUNT}", connection_string: "\${CS}" }
server: { keys: ["\${KEY_A}", "\${KEY_B}"] }
destinations:
  splunk: { type: splunk_hec, url: "https://\${HOST}:8088", token: "\${TOKEN}" }
  hook:
    type: webhook
    url: \${HOOK}
    headers: { Authorization: "Bearer \${TOKEN}", X-Plain: plain }
default_destinations: [splunk]
variables: { HASH_KEY: "\${TOKEN}", BRANCH: emea, LIST: ["\${TOKEN}", shown] }
`;
  const env = {
    ACCOUNT: 'contoso',
    CS: 'AccountName=contoso;AccountKey=a2V5LW9mLWNvbnRvc28=',
    KEY_A: 'sixteen-characters-a',
    KEY_B: 'sixteen-characters-b',
    HOST: 'splunk.example',
    TOKEN: 'the-hec-token',
    HOOK: 'https://hook.example/secret-path',
  };

  it('shows defaults and plain values, and secrets as the file has them', () => {
    const parsed = parseConfig(text, 'relay.yaml', env);
    expect(parsed.diagnostics).toEqual([]);
    const shown = effectiveConfig(parsed) ?? '';
    expect(shown).toContain('storage:\n  account: contoso\n  connection_string: ${CS}\n');
    expect(shown).toContain('  keys:\n    - ${KEY_A}\n    - ${KEY_B}\n');
    expect(shown).toContain('  lateness: 15m\n');
    expect(shown.slice(shown.indexOf('destinations:'))).toMatchInlineSnapshot(`
      "destinations:
        splunk:
          type: splunk_hec
          url: https://\${HOST}:8088
          profile: splunk
          token: \${TOKEN}
          sourcetype: mscs:azure:eventhub:defender:advancedhunting
          alert_source: xdr_relay:alert
          alert_sourcetype: xdr_relay:alert
          alert_columns: false
          compression: gzip
          acknowledgement: false
          group_alerts: false
          disable_after: 5d
        hook:
          type: webhook
          url: \${HOOK}
          secrets: []
          headers:
            Authorization: Bearer \${TOKEN}
            X-Plain: plain
          format: standard
          mode: batch
          compression: none
          group_alerts: false
          disable_after: 5d
      default_destinations:
        - splunk
      alerts: []
      defender_alerts:
        join_wait: 2m
      operational:
        to: []
        settle: 5m
        repeat: 1h
      links: {}
      variables:
        HASH_KEY: \${TOKEN}
        BRANCH: emea
        LIST:
          - \${TOKEN}
          - shown
      list_feeds: {}
      log:
        level: info
        heartbeat: 10m
      "
    `);
  });

  it('is a relay.yaml itself', () => {
    const shown = effectiveConfig(parseConfig(text, 'relay.yaml', env)) ?? '';
    const again = parseConfig(shown, 'relay.yaml', env);
    expect(again.diagnostics).toEqual([]);
    expect(again.config).toEqual(parseConfig(text, 'relay.yaml', env).config);
  });

  it('knows every secret value', () => {
    const { config } = parseConfig(text, 'relay.yaml', env);
    expect(config && [...secretValues(config)].sort()).toEqual(
      [env.CS, env.KEY_A, env.KEY_B, env.TOKEN].sort(),
    );
  });
});
