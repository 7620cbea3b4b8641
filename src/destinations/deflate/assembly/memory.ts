/** What lies where in the memory of the compressor. It never grows: every table has its bound. AssemblyScript. */

/** How far back a match may lie: RFC 1951, section 3.2.5. */
export const WINDOW: usize = 32_768;
/** How much text is compressed at once. */
export const CHUNK: usize = 262_144;
/** What the host may leave of what was compressed before it gives the next chunk. */
export const OUT_LEFT: usize = 458_752;

/** Codes of literals and lengths, with the end of a block; of distances; of the lengths of both. */
export const LITERALS: i32 = 286;
export const DISTANCES: i32 = 30;
export const LENGTHS: i32 = 19;
export const LONGEST_MATCH: usize = 258;

/** Matches of one block; a new block begins behind them. */
export const MATCHES_MOST: usize = 32_768;
/** A match that is longer than 258 is written as several, up to the end of the chunk. */
const MATCHES_BEYOND: usize = CHUNK / (LONGEST_MATCH - 3) + 8;
/** The number of literals before it, its length and its distance. */
export const MATCH_BYTES: usize = 8;

/** The table of places by what is there: two for each hash. */
export const HASH_BITS: u32 = 15;
const HASH_BYTES: usize = 8;

/** Words are read from before a place and beyond the end of the text too, and written beyond the end of the output. */
const PADDING: usize = 64;
/** All codes of a block, one word each. */
const CODES_BYTES: usize = 320 * 4;
/** No block is longer than its text by more than an eighth, and its head: see `emit`. */
const CHUNK_OUT: usize = CHUNK + CHUNK / 8 + 4_096;

/** How often each literal or length, each distance, and each length of a code occurs in the block. */
export const LITERAL_COUNTS: usize = 1_024;
export const DISTANCE_COUNTS: usize = LITERAL_COUNTS + CODES_BYTES;
export const LENGTH_COUNTS: usize = DISTANCE_COUNTS + 128;
/** How many bits each code has; of literals, then of distances. */
export const LITERAL_BITS: usize = LENGTH_COUNTS + 128;
export const DISTANCE_BITS: usize = LITERAL_BITS + 288;
export const LENGTH_BITS: usize = DISTANCE_BITS + 32;
/** The codes, with their number of bits in the uppermost byte. */
export const LITERAL_CODES: usize = LENGTH_BITS + 32;
export const DISTANCE_CODES: usize = LITERAL_CODES + CODES_BYTES;
export const LENGTH_CODES: usize = DISTANCE_CODES + 128;
/** The same for each length of a match, with its extra bits. */
export const MATCH_CODES: usize = LENGTH_CODES + 128;
/** Which code each length of a match has, from that of the length 3 on. */
export const MATCH_SLOTS: usize = MATCH_CODES + (LONGEST_MATCH + 2) * 4;
/** For the making of codes: symbols by how often they occur, and the tree. */
export const SORTED: usize = MATCH_SLOTS + 264;
export const TREE: usize = SORTED + CODES_BYTES;
/** The lengths of all codes as the head of a block has them: before and after repeats are joined. */
export const HEAD_PLAIN: usize = TREE + CODES_BYTES;
export const HEAD_JOINED: usize = HEAD_PLAIN + 320;
export const MATCHES: usize = HEAD_JOINED + 640;
export const HASHES: usize = MATCHES + (MATCHES_MOST + MATCHES_BEYOND) * MATCH_BYTES;
export const HASHES_BYTES: usize = HASH_BYTES << HASH_BITS;
export const BEFORE: usize = HASHES + HASHES_BYTES + PADDING;
export const TEXT: usize = BEFORE + WINDOW;
export const OUT: usize = TEXT + CHUNK + PADDING;
export const MEMORY_END: usize = OUT + OUT_LEFT + CHUNK_OUT + PADDING;
