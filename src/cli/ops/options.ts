import { InvalidArgumentError, Option } from 'commander';

/** `--name A --name B`: gathers the values. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** `--format table|json`. */
export function tableFormatOption(): Option {
  return new Option('--format <format>', 'of the output').choices(['table', 'json']).default('table');
}

/** A number above 0. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0 || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It is a number above 0.');
  }
  return value;
}

/** A whole number above 0. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < 1) throw new InvalidArgumentError('It is a whole number above 0.');
  return value;
}
