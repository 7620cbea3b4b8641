/** The types that columns of a data collection rule's stream have, and the form in which editions name the columns. */

/** Types of a stream's columns (Microsoft Learn, "Structure of a data collection rule", data types). */
export type StreamType = 'string' | 'int' | 'long' | 'real' | 'boolean' | 'dynamic' | 'datetime';

/** By table and type: the names of columns, with blanks between them. */
export type EditionTables = Readonly<Record<string, Readonly<Partial<Record<StreamType, string>>>>>;
