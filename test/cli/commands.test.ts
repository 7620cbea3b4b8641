/** What every command of `xdr-relay` keeps to. A new command is in these tables as soon as it is registered. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { demo } from '../../demo/command.ts';
import type { CliCommand, CliGroup } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { captured } from './captured.ts';

interface Entry<C extends CliCommand | CliGroup = CliCommand | CliGroup> {
  /** As it is typed: `dead-letters list`. */
  readonly path: string;
  readonly command: C;
}

const GROUPS: readonly Entry<CliGroup>[] = [...COMMANDS, demo].flatMap((command) =>
  command.kind === 'group' ? [{ path: command.name, command }] : [],
);
const LEAVES: readonly Entry<CliCommand>[] = [...COMMANDS, demo].flatMap((command) =>
  command.kind === 'command'
    ? [{ path: command.name, command }]
    : command.commands.map((each) => ({ path: `${command.name} ${each.name}`, command: each })),
);
const ALL: readonly Entry[] = [...GROUPS, ...LEAVES];
/** The words of a line as a shell takes them apart: single quotes hold a word together. */
const lineOf = (example: string) =>
  [...(example.split('#')[0] ?? '').matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll("'", ''),
  );
/** A command line that parses. */
const validLine = ({ examples }: CliCommand) => lineOf(examples[0] ?? '');
const words = (path: string) => path.split(' ');
const optionsOf = ({ inputs }: CliCommand) =>
  Object.values(inputs).flatMap((input) => ('option' in input ? [input.option] : []));
const argumentsOf = ({ inputs }: CliCommand) =>
  Object.values(inputs).flatMap((input) => ('argument' in input ? [input.argument] : []));

/** Runs a command line whose command must not be reached. */
async function run(...argv: string[]) {
  const out = captured();
  const code = await runProgram(argv, { out, more: [demo], stopSignal: () => new AbortController().signal });
  return { code, stdout: out.text(), stderr: out.notes() };
}

/** "Show", not "Shows" or "shows". */
const IMPERATIVE = /^(?!\w*[^s]s[ ,])[A-Z][a-z]+[ ,]/;
const SENTENCE_CASE = /^["A-Z]/;

describe.each(ALL)('xdr-relay $path', ({ path, command }) => {
  it('has a summary and a description in one voice', () => {
    expect(command.summary).toMatch(IMPERATIVE);
    expect(command.summary).not.toMatch(/\.$/);
    expect(command.description).toMatch(IMPERATIVE);
    expect(command.description).toMatch(/\.$/);
    for (const note of command.notes ?? []) expect(note.split('\n')[0]).toMatch(/[.)]$/);
  });

  it('has examples, which name it and parse', () => {
    expect(command.examples).not.toEqual([]);
    for (const example of command.examples) {
      const argv = lineOf(example);
      expect(argv.join(' ')).toMatch(new RegExp(`^${path}\\b`));
      expect(() => parseOnly(argv)).not.toThrow();
    }
  });

  it('shows its help', async () => {
    const { code, stdout, stderr } = await run(...words(path), '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: xdr-relay ${path} `));
    expect(stdout).toContain('\nExamples:\n  xdr-relay ');
    expect(stdout).not.toMatch(/ +$/m);
  });
});

/** What Commander makes of a command line; throws what it throws. */
function parseOnly(argv: readonly string[]): void {
  createProgram(captured(), async () => {}, [demo]).parse([...argv], { from: 'user' });
}

describe.each(LEAVES)('xdr-relay $path', ({ path, command }) => {
  it('describes its options and arguments in one voice', () => {
    for (const { description } of [...optionsOf(command), ...argumentsOf(command)]) {
      expect(description).toMatch(SENTENCE_CASE);
      expect(description).not.toMatch(/\.$/);
    }
    for (const { description } of argumentsOf(command)) expect(description).not.toBe('');
  });

  it('says what its exit codes mean, in its help', async () => {
    const { stdout } = await run(...words(path), '--help');
    const codes = stdout.split('Exit codes:\n')[1] ?? '';
    for (const code of ['0', '1', '2', '130']) {
      expect(codes).toMatch(new RegExp(`^ {2}${code} +[A-Z].*[^.]$`, 'm'));
    }
  });

  it('refuses an unknown option, and an argument too many', async () => {
    const unknown = await run(...validLine(command), '--no-such-option');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain("xdr-relay: unknown option '--no-such-option'");
    expect(unknown.stderr).toContain(`"xdr-relay ${path} --help" lists the options.`);
    if (argumentsOf(command).some(({ variadic }) => variadic)) return;
    const extra = await run(...validLine(command), 'a', 'b');
    expect(extra).toMatchObject({ code: 2, stdout: '' });
    expect(extra.stderr).toContain('xdr-relay: too many arguments');
  });

  it('says which option was meant', async () => {
    const [option] = optionsOf(command).filter(({ long }) => (long?.length ?? 0) > 7);
    if (!option?.long) return;
    const slip = option.long.slice(0, 5) + option.long.slice(6);
    const { code, stderr } = await run(...validLine(command), slip);
    expect(code).toBe(2);
    expect(stderr).toContain(`(Did you mean ${option.long}?)`);
  });

  it('says which word was meant, where an option takes one of a few', async () => {
    for (const { long, argChoices } of optionsOf(command)) {
      const [word] = argChoices ?? [];
      if (word === undefined) continue;
      const { code, stderr } = await run(...words(path), long ?? '', `${word}x`);
      expect(code).toBe(2);
      expect(stderr).toContain(`It is one of ${argChoices?.join(', ')}.`);
      expect(stderr).toContain(`(Did you mean ${word}?)`);
    }
  });
});

describe.each(GROUPS)('xdr-relay $path', ({ path, command }) => {
  it('shows its help where no command is given, and says which one was meant', async () => {
    const nothing = await run(path);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toContain(`Usage: xdr-relay ${path} `);
    const name = command.commands[0]?.name ?? '';
    const slip = await run(path, `${name}x`);
    expect(slip).toMatchObject({ code: 2, stdout: '' });
    expect(slip.stderr).toContain(`(Did you mean ${name}?)`);
  });
});

describe('options with one name', () => {
  it('are the same everywhere: the short form, and whether they take a value', () => {
    const seen = new Map<string, { readonly short: string | undefined; readonly required: boolean }>();
    for (const { command, path } of LEAVES) {
      const options = optionsOf(command);
      for (const { long = '', short, required } of options) {
        const known = seen.get(long) ?? { short, required };
        // "rules explain" has -t for --transforms, so that its --table goes without.
        const isTaken = short === undefined && options.some((each) => each.short === known.short);
        expect([path, long, isTaken ? known.short : short, required]).toEqual([
          path,
          long,
          known.short,
          known.required,
        ]);
        seen.set(long, known);
      }
    }
  });

  it('read the configuration from one place', () => {
    for (const { command } of LEAVES) {
      const config = optionsOf(command).find(({ long }) => long === '--config');
      if (config) expect(config).toMatchObject({ envVar: 'XDR_RELAY_CONFIG', flags: '-c, --config <file>' });
    }
  });
});

describe('the program', () => {
  it('imports no action, and nothing of the relay, before a command runs', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'loaded.ts')]);
    const loaded: readonly string[] = JSON.parse(stdout);
    const own = loaded.filter((url) => !url.includes('/node_modules/'));
    expect(own.some((url) => url.endsWith('/src/cli/program.ts'))).toBe(true);
    expect(
      own.filter((url) => /\/src\/(cli\/actions|hosts|relay|rules|blobs|destinations)\//.test(url)),
    ).toEqual([]);
    expect(loaded.filter((url) => /@azure|log-update|chokidar|re2js|undici/.test(url))).toEqual([]);
  });

  it('writes to its Output alone, and only main sets the exit code', () => {
    const folder = join(import.meta.dirname, '../../src/cli');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const faults = files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      // The language server speaks its protocol over the streams, and `console` is the client's log; `console.port` and `console.host` are settings.
      const speaks = file === 'actions/lsp/server.ts';
      const isEdge = file === 'main.ts' || file === 'output.ts' || speaks;
      return [
        ...(/(?<!#connection\.)\bconsole\.(?!port|host)/.test(text) ? [`${file}: console`] : []),
        ...(!isEdge && /\bprocess\.std(?:out|err)\b/.test(text) ? [`${file}: a stream`] : []),
        ...(file !== 'main.ts' && /\bexitCode\s*=[^=]/.test(text) ? [`${file}: exitCode`] : []),
      ];
    });
    expect(faults).toEqual([]);
  });

  it('has no command without a file of its own', () => {
    const commands: readonly Command[] = createProgram(captured(), async () => {}).commands;
    const folder = join(import.meta.dirname, '../../src/cli/commands');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const command of commands) {
      const wanted =
        command.commands.length === 0
          ? [`${command.name()}.ts`]
          : command.commands.map((each) => `${command.name()}/${each.name()}.ts`);
      for (const file of wanted) expect(files).toContain(file);
    }
  });
});
