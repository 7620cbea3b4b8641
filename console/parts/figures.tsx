/** Numbers: counts with separators, bytes with units, shares. Undefined is shown as unknown, never as zero. */
import { Unknown } from './time.tsx';

/** `12,345`; from a million on `1.23 M`, with the exact number as title. */
export function Count({ value }: { readonly value: number | undefined }) {
  if (value === undefined) return <Unknown />;
  return <span title={value.toLocaleString('en')}>{formatCount(value)}</span>;
}

/** `193/s`; less than one a second is `4.8/min`, and less than one a minute `2/h`. @param value a second. */
export function Rate({ value }: { readonly value: number | undefined }) {
  if (value === undefined) return <Unknown />;
  const [amount, unit] =
    value >= 1 || value === 0 ? [value, 's'] : value >= 1 / 60 ? [value * 60, 'min'] : [value * 3600, 'h'];
  return (
    <span title={`${value.toLocaleString('en', { maximumFractionDigits: 4 })} a second`}>
      {formatCount(amount)}/{unit}
    </span>
  );
}

/** `1.2 MiB`, with the exact number as title. */
export function Bytes({ value }: { readonly value: number | undefined }) {
  if (value === undefined) return <Unknown />;
  return <span title={`${value.toLocaleString('en')} bytes`}>{formatBytes(value)}</span>;
}

/** `12.3 %` of a whole; a dash where the whole is zero. */
export function Share({
  part,
  whole,
}: {
  readonly part: number | undefined;
  readonly whole: number | undefined;
}) {
  if (part === undefined || whole === undefined) return <Unknown />;
  return <span>{formatShare(part, whole)}</span>;
}

export function formatCount(value: number): string {
  if (Math.abs(value) < 1_000_000) {
    return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 });
  }
  return withUnit(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

export function formatBytes(value: number): string {
  return withUnit(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '-';
  const percent = (part / whole) * 100;
  // What is not all and not nothing is not shown as such.
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent < 100 && percent > 99.9) return '>99.9 %';
  return `${percent.toLocaleString('en', { maximumFractionDigits: percent < 10 ? 1 : 0 })} %`;
}

function withUnit(value: number, base: number, units: readonly string[]): string {
  let size = value;
  let at = 0;
  while (Math.abs(size) >= base - 0.5 && at < units.length - 1) {
    size /= base;
    at += 1;
  }
  const digits = at === 0 ? 0 : Math.abs(size) < 10 ? 2 : Math.abs(size) < 100 ? 1 : 0;
  return `${size.toLocaleString('en', { maximumFractionDigits: digits })} ${units[at]}`.trim();
}
