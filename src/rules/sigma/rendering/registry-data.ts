/** Renders the data of a registry value as `Details` of Sysmon's event 13 has it. */
import { dword, qword } from './numbers.ts';
import { first, type Rendering, type Texts, word } from './rendering.ts';

/** The columns that the rendering reads, in this order. */
export const REGISTRY_DATA_COLUMNS = ['RegistryValueData', 'RegistryValueType', 'ActionType'] as const;

const NOTHING: Texts = [];
const EMPTY: Texts = ['(Empty)'];
const BINARY: Texts = ['Binary Data'];

/**
 * Renders the data by its type and the row's ActionType. Sysmon writes numbers as `DWORD (0x00000001)` and
 * `QWORD (0x00000000-0x00000001)`, `Binary Data` for what is neither a number nor a string, and `(Empty)` for a string without
 * characters (all four in SigmaHQ's rules for registry_set).
 *
 * Defender has decimal digits for `Dword` and `Qword`, and null or nothing for `Binary` (queries of Microsoft's Azure-Sentinel
 * repository, `RegistryValueType == "Dword"` with `RegistryValueData == "1"`; rows in the tests of IBM's stix-shifter).
 */
export const registryData: Rendering = {
  name: 'registry data',
  form: { kind: 'registry-data' },
  compares: 'numbers',
  render(columns) {
    const data = first(columns, 0);
    if (/deleted$/i.test(word(columns, 2))) return NOTHING;
    switch (word(columns, 1).toLowerCase()) {
      case 'dword':
      case 'dwordbigendian':
        return number(data, dword);
      case 'qword':
        return number(data, qword);
      case 'binary':
        return BINARY;
      case '':
        return ofUnknownType(data);
      case 'none':
        return data ? [data] : NOTHING;
      default:
        return data ? [data] : EMPTY;
    }
  },
  readColumns: () => [0],
};

function number(data: string | undefined, write: (text: string) => string | undefined): Texts {
  return data ? [write(data) ?? data] : NOTHING;
}

/** Renders data of unknown type, because rows of rule tests may omit the type: digits may then be a string or a number. */
function ofUnknownType(data: string | undefined): Texts {
  if (data === undefined) return NOTHING;
  if (data === '') return EMPTY;
  const asNumber = dword(data);
  return asNumber === undefined ? [data] : [data, asNumber];
}
