/** Reads the metrics that a relay serves at /metrics. */

/** One sample of a scrape. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a `/metrics` page says. */
export interface Figures {
  /** The sum of a metric's samples that have these labels; 0 where there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The values of a label of a metric. */
  values(name: string, label: string): readonly string[];
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus' text format, as far as it is used here. */
export function parseFigures(text: string): Figures {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = line.startsWith('#') ? [] : (LINE.exec(line) ?? []);
    if (name === undefined || value === undefined) continue;
    const pairs = [...labels.matchAll(LABEL)].map(
      ([, key = '', quoted = '']) => [key, unquote(quoted)] as const,
    );
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return {
    sum: (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name)
        .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
        .reduce((total, sample) => total + sample.value, 0),
    values: (name, label) => [
      ...new Set(samples.flatMap((sample) => (sample.name === name ? (sample.labels[label] ?? []) : []))),
    ],
  };
}

export const NO_FIGURES: Figures = parseFigures('');

function unquote(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

/** Fetches and reads a `/metrics` page; undefined while it can't be had. */
export async function fetchFigures(origin: string): Promise<Figures | undefined> {
  try {
    const response = await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.ok ? parseFigures(text) : undefined;
  } catch {
    return undefined;
  }
}
