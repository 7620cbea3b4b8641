import { InvalidArgumentError, Option } from 'commander';
import { withoutLineEnds } from '../config/fill-in.ts';

/** `--config FILE`, the same for every command. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration')
    .env('XDR_RELAY_CONFIG')
    .argParser(withoutLineEnds)
    .default('relay.yaml');
}

/** `--source NAME`, one of relay.yaml's `sources`. */
export function sourceOption(): Option {
  return new Option('-s, --source <name>', 'only this one of the sources of relay.yaml');
}

/** `--format text|json|github` for findings. */
export function formatOption(): Option {
  return new Option('--format <format>', 'of the findings; github: annotations of GitHub Actions')
    .choices(['text', 'json', 'github'])
    .default('text');
}

/** A TCP port, 0 to 65535. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
