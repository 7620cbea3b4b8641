// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `splunk_hec`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { splunkHecConfig } from './config.ts';
import { hecEvents } from './encode.ts';
import { splunkHecSender } from './send.ts';

/** Splunk, "About HTTP Event Collector Indexer Acknowledgment": not on Splunk Cloud Platform, but for Amazon's Firehose. */
function isSplunkCloud(address: string): boolean {
  return /\.splunkcloud(?:gc)?\.com$/i.test(new URL(address).hostname);
}

export const splunkHec: HttpDescriptor<typeof splunkHecConfig> & { readonly audience: 'machines' } = {
  type: 'splunk_hec',
  title: 'Splunk HEC',
  who: 'Splunk',
  audience: 'machines',
  needs: 'http',
  config: splunkHecConfig,
  defaults: { batch: { items: 2_000, bytes: 1_048_576, ageMs: 1_000 }, concurrency: 4 },
  timeoutMs: 30_000,
  shape: 'raw',
  metadata: {
    keys: ['index', 'sourcetype', 'source', 'host'],
    of: ({ index, sourcetype, source, host }) => ({ index, sourcetype, source, host }),
  },
  reads: ['DeviceName'],
  encode: hecEvents,
  addresses: ({ url }) => [url].flat(),
  secrets: ({ token, url }) => [
    token,
    ...[url].flat().flatMap((each) => [...new URL(each).searchParams.values()]),
  ],
  warnings: ({ acknowledgement, url }) =>
    acknowledgement && [url].flat().some(isSplunkCloud)
      ? [
          {
            key: 'acknowledgement',
            message:
              'indexer acknowledgement is not given by Splunk Cloud: no batch would ever count as delivered',
            hint: 'leave it out',
          },
        ]
      : [],
  secretLooks: [/\b((?:Splunk|Bearer)[ \t]+)[\w+/=.~-]{8,}/gi],
  send: splunkHecSender,
  least: { type: 'splunk_hec', url: 'https://splunk.example', token: 'token' },
  example: `splunk:
  type: splunk_hec
  url: https://http-inputs-contoso.splunkcloud.com:443
  token: \${SPLUNK_HEC_TOKEN}
  index: defender
  # Only public addresses are called unless a network is named here.
  #allow_networks: [10.20.0.0/16]
`,
  variables: [{ name: 'SPLUNK_HEC_TOKEN', hint: 'Splunk: Settings, Data inputs, HTTP Event Collector' }],
  inNewFile: 'on',
  docs: 'A batch is accepted when HEC answers 2xx with code 0, 24 or 25; with `acknowledgement`, when the indexers have it; for `crowdstrike_ngsiem`, when the reply is 2xx with a JSON object. See [destinations/splunk-hec.md](destinations/splunk-hec.md).',
};
