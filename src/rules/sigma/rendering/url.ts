/** Renders URLs of HTTP requests from the host and the URI, which Defender has in two fields. */
import { first, type Rendering, type Texts } from './rendering.ts';

const NOTHING: Texts = [];

/**
 * The requested URI, without and with the host before it: proxies log one or the other.
 *
 * Seen: `"host":"www.gstatic.com"`, `"uri":"www.gstatic.com:443"` of a CONNECT (elastic/integrations, test-device.log of
 * m365_defender), and URIs that begin with `/` in public hunting queries.
 */
export const url: Rendering = {
  name: 'url',
  form: { kind: 'url' },
  render(columns) {
    const host = first(columns, 0);
    const uri = first(columns, 1);
    if (!uri) return NOTHING;
    return host && uri.startsWith('/') ? [uri, `http://${host}${uri}`] : [uri];
  },
};

/** The part of a URI before the `?`. */
export const uriStem = partOf('path of a URI', 'stem', (uri) => uri.split('?', 1)[0]);

/** The part of a URI after the `?`. */
export const uriQuery = partOf('query of a URI', 'query', (uri) => /\?(.*)$/s.exec(uri)?.[1]);

/** The file extension in a URI: `exe` for `/a/b.exe?c`. */
export const uriExtension = partOf(
  'extension of a URI',
  'extension',
  (uri) => /\.([^./?]*)$/.exec(uri.split('?', 1)[0] ?? '')?.[1],
);

function partOf(
  name: string,
  part: 'stem' | 'query' | 'extension',
  find: (uri: string) => string | undefined,
): Rendering {
  return {
    name,
    form: { kind: 'uri-part', part },
    render: ([texts = NOTHING]) => texts.flatMap((uri) => find(uri) || []),
  };
}
