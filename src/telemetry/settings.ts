/** Says where telemetry is exported to: by relay.yaml, or by OpenTelemetry's own variables. */

/** The part of relay.yaml: `telemetry`. */
export interface TelemetryConfig {
  readonly endpoint?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ExportTargets {
  readonly traces: string;
  readonly metrics: string;
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The addresses and headers to export with; undefined: telemetry is not exported. relay.yaml goes before the variables
 * `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_HEADERS` (OpenTelemetry, "OTLP Exporter Configuration").
 */
export function exportTargets(config: TelemetryConfig, env: Environment): ExportTargets | undefined {
  const base = config.endpoint ?? addressIn(env.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (base === undefined) return undefined;
  const headers = { ...headersIn(env.OTEL_EXPORTER_OTLP_HEADERS), ...lowerCase(config.headers) };
  return { traces: below(base, 'v1/traces'), metrics: below(base, 'v1/metrics'), headers };
}

/** Further attributes of the resource, from `OTEL_RESOURCE_ATTRIBUTES`, and the service's name. */
export function resourceIn(env: Environment): Readonly<Record<string, string>> {
  const name = env.OTEL_SERVICE_NAME?.trim();
  return { ...pairsIn(env.OTEL_RESOURCE_ATTRIBUTES), ...(name && { 'service.name': name }) };
}

/** The secret values of the variables, for the log. */
export function telemetrySecrets(env: Environment): readonly string[] {
  return Object.values(headersIn(env.OTEL_EXPORTER_OTLP_HEADERS)).filter((value) => value.length >= 6);
}

function below(base: string, path: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url.href;
}

function addressIn(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return /^https?:\/\//i.test(trimmed) && URL.canParse(trimmed) ? trimmed : undefined;
}

const lowerCase = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

function headersIn(text: string | undefined): Readonly<Record<string, string>> {
  const pairs = Object.entries(pairsIn(text));
  return lowerCase(
    Object.fromEntries(pairs.filter(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value))),
  );
}

/** `key=value,key=value`, percent-encoded as W3C Baggage is. */
function pairsIn(text: string | undefined): Readonly<Record<string, string>> {
  const pairs = (text ?? '').split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    if (at <= 0) return [];
    return [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
