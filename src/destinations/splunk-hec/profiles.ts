/**
 * The products that speak the protocol of Splunk's HTTP Event Collector, and what of their replies is believed.
 *
 * - `splunk`: Splunk Enterprise and Splunk Cloud Platform (help.splunk.com, "Troubleshoot HTTP Event Collector").
 * - `crowdstrike_ngsiem`: Falcon Next-Gen SIEM and LogScale (developer.crowdstrike.com/ngsiem/data-ingestion,
 *   library.humio.com/logscale-api/log-shippers-hec.html and api-ingest.html): `Bearer`, a 200 is committed, other 4xx are final, 5xx pass.
 *   The pages show no codes, no health check and no acknowledgements. CrowdStrike's own client expects JSON with a 200.
 * - `cribl`: Cribl Stream and Edge (docs.cribl.io/stream/sources-splunk-hec): Splunk's codes; each id is acknowledged "regardless of whether
 *   or not those events were ever received".
 */

export const HEC_PROFILES = ['splunk', 'crowdstrike_ngsiem', 'cribl'] as const;
export type HecProfileName = (typeof HEC_PROFILES)[number];

export interface HecProfile {
  /** How messages name it. */
  readonly who: string;
  /** What stands before the token, where the config does not say. */
  readonly scheme: 'Splunk' | 'Bearer';
  /** The path of events, where the address has none. */
  readonly path: string;
  /** Whether a collector that failed can be asked for its health before it is used again. */
  readonly hasHealth: boolean;
  /** Why acknowledgements mean nothing here; undefined where they do. */
  readonly noAcknowledgement?: string;
  /**
   * What tells acceptance and refusal of rows: `codes` of the reply; or the `status`, with any JSON object as the body of a 2xx, so that a
   * sign-in page is not taken for the product.
   */
  readonly believes: 'codes' | 'status';
}

const PROFILES: Readonly<Record<HecProfileName, HecProfile>> = {
  splunk: {
    who: 'Splunk',
    scheme: 'Splunk',
    path: '/services/collector/event',
    hasHealth: true,
    believes: 'codes',
  },
  crowdstrike_ngsiem: {
    who: 'CrowdStrike',
    scheme: 'Bearer',
    path: '/services/collector',
    hasHealth: false,
    noAcknowledgement: 'CrowdStrike gives no acknowledgements',
    believes: 'status',
  },
  cribl: {
    who: 'Cribl',
    scheme: 'Splunk',
    path: '/services/collector/event',
    hasHealth: true,
    noAcknowledgement: 'Cribl acknowledges whatever it is asked for, whether it has the events or not',
    believes: 'codes',
  },
};

export function profileOf({ profile }: { readonly profile: HecProfileName }): HecProfile {
  return PROFILES[profile];
}
