/** The playground's state in the page, and what the engine said of it last. */
import { computed, signal } from '@preact/signals';
import { DEFAULTS } from './defaults.ts';
import type { Language } from './editor/language.ts';
import {
  type Checked,
  type FoundAt,
  type PlaygroundState,
  type Ran,
  RELAY_FILE,
  type RowAccount,
} from './engine/messages.ts';
import { EngineClient, type EngineOptions } from './engine-client.ts';

/** A person who types pauses for longer. Milliseconds. */
const SETTLE_MS = 250;

export interface Model extends ReturnType<typeof createModel> {}

export function createModel(options: EngineOptions) {
  const engine = new EngineClient(options);
  const state = signal<PlaygroundState>(DEFAULTS);
  /** The file in the editor: a rule file's path, or relay.yaml. */
  const file = signal(DEFAULTS.files[1]?.path ?? RELAY_FILE);
  const checked = signal<Checked>();
  const ran = signal<Ran>();
  const chosen = signal(0);
  const account = signal<RowAccount>();
  const problem = signal('');
  const isBusy = signal(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;

  /** Checks, runs and shows. A change that came meanwhile begins again. */
  async function evaluate(): Promise<void> {
    const mine = ++round;
    isBusy.value = true;
    try {
      const of = state.value;
      const result = await engine.ask('check', { state: of });
      if (mine !== round) return;
      checked.value = result;
      if (result.version === undefined) {
        ran.value = undefined;
        account.value = undefined;
      } else {
        const rows = await engine.ask('run', { state: of, now: Date.now() });
        if (mine !== round) return;
        ran.value = rows;
        chosen.value = Math.min(chosen.value, Math.max(0, rows.rows.length - 1));
        await show(chosen.value);
      }
      if (mine === round) problem.value = '';
    } catch (error) {
      if (mine !== round) return;
      problem.value = sentenceOf(error);
      ran.value = undefined;
      account.value = undefined;
    } finally {
      if (mine === round) isBusy.value = false;
    }
  }

  async function show(n: number): Promise<void> {
    const mine = round;
    const found = await engine.ask('row', { n, now: Date.now() });
    if (mine === round && chosen.value === n) account.value = found;
  }

  function change(part: Partial<PlaygroundState>): void {
    state.value = { ...state.value, ...part };
    clearTimeout(timer);
    timer = setTimeout(() => void evaluate(), SETTLE_MS);
  }

  const findings = computed<readonly FoundAt[]>(
    () => checked.value?.findings.filter((one) => one.file === file.value) ?? [],
  );
  const language: Language = {
    complete: (of, text, offset) => engine.ask('complete', { file: of, text, offset }).catch(() => []),
    hover: (of, text, offset) => engine.ask('hover', { file: of, text, offset }).catch(() => undefined),
  };

  return {
    engine,
    language,
    state,
    file,
    checked,
    findings,
    ran,
    chosen,
    account,
    problem,
    isBusy,
    evaluate,
    change,
    async choose(n: number): Promise<void> {
      chosen.value = n;
      try {
        await show(n);
      } catch (error) {
        problem.value = sentenceOf(error);
      }
    },
    open(next: PlaygroundState): void {
      file.value = next.files[0]?.path ?? RELAY_FILE;
      chosen.value = 0;
      change(next);
    },
    close(): void {
      clearTimeout(timer);
      engine.close();
    },
  };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The engine failed';
}
