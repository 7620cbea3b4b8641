/** The login: a key exchanged for a session's cookie, or Entra ID. */
import { useId, useState } from 'preact/hooks';
import type { KeyLogin, LoggedIn, SessionAnswer } from '../../src/console/model/session.ts';
import { apiError, post } from '../api.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { forgetPlace } from './kept-place.ts';
import { leaveForLogin, navigate, pageHref, route, wantedPlace } from './router.ts';

/** Why a login with Entra ID came back, by code: the relay leads here with the code alone. docs/errors.md says what to do. */
const SENTENCES: Readonly<Record<string, string>> = {
  login_no_role:
    'Entra ID knows you, but none of your groups and app roles may use this console: ask the people who run it for access.',
  login_too_many_groups:
    'You are in more groups than Entra ID tells of: the app registration has to name groups assigned to the application, or app roles.',
  login_expired: 'The login took longer than ten minutes, or was begun in another browser. Begin it again.',
  login_failed:
    "Entra ID did not let you in, or its answer is not for this console. The relay's log says why.",
  login_unavailable: 'The relay did not reach Entra ID. Try again in a minute.',
};

export interface LoginProps {
  readonly ways: SessionAnswer['logins'];
  /** Called when the person is logged in. */
  readonly onLoggedIn: () => void;
}

export function Login({ ways, onLoggedIn }: LoginProps) {
  const failed = route.value.query.get('error');
  return (
    <main class="login">
      <h1>Log in to xdr-relay</h1>
      {failed === null ? null : (
        <ErrorNote message={`${SENTENCES[failed] ?? 'The login has failed.'} Code: ${failed}.`} />
      )}
      {ways.includes('entra') ? (
        <p>
          <a
            class="button main"
            href={pageHref('login/entra', { to: wantedPlace().page })}
            onClick={leaveForLogin}
          >
            Log in with Microsoft Entra ID
          </a>
        </p>
      ) : null}
      {ways.includes('key') ? <KeyForm onLoggedIn={onLoggedIn} /> : null}
    </main>
  );
}

function KeyForm({ onLoggedIn }: Pick<LoginProps, 'onLoggedIn'>) {
  const id = useId();
  const [key, setKey] = useState('');
  const [failed, setFailed] = useState<string | undefined>();
  const [asking, setAsking] = useState(false);
  const logIn = async (event: Event) => {
    event.preventDefault();
    if (asking) return;
    setAsking(true);
    setFailed(undefined);
    try {
      await post<LoggedIn>('login', { key } satisfies KeyLogin);
      const { page, fragment } = wantedPlace();
      if (route.value.page.startsWith('login')) navigate(page + fragment, { replace: true });
      forgetPlace();
      onLoggedIn();
    } catch (error) {
      setFailed(apiError(error).message);
    }
    setAsking(false);
  };
  return (
    <form onSubmit={logIn}>
      <label for={id}>Key</label>
      <div class="row">
        <input
          id={id}
          type="password"
          autocomplete="current-password"
          required
          maxLength={1024}
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit" class="main" disabled={asking}>
          Log in
        </button>
      </div>
      {failed === undefined ? null : <ErrorNote message={failed} />}
    </form>
  );
}
